import type { EditorView } from 'prosemirror-view'
import { find } from '../../chat/page/element.ts'
import {
  COMMANDS,
  type CommandName,
  canRedo,
  canUndo,
  type EditorCommand,
  onUndoable,
} from './commands.ts'

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform)

/** The buttons above the text; the arrow keys lead from one to the next. */
export class Toolbar {
  readonly #root = find(document, '#toolbar', HTMLElement)
  readonly #buttons: ReadonlyMap<CommandName, HTMLButtonElement>
  readonly #view: EditorView

  constructor(view: EditorView) {
    this.#view = view
    const buttons = [...this.#root.querySelectorAll('button')]
    this.#buttons = new Map(
      buttons.map((button) => [button.dataset.command as CommandName, button]),
    )
    for (const [name, button] of this.#buttons) this.#prepare(button, COMMANDS[name])
    for (const [index, button] of buttons.entries()) button.tabIndex = index === 0 ? 0 : -1
    this.#root.addEventListener('keydown', (event) => this.#move(event, buttons))
    // Known only after the text has changed.
    onUndoable(view.state, () => this.show())
    this.show()
  }

  /** Shows what holds where the caret is. */
  show(): void {
    const { state } = this.#view
    for (const [name, button] of this.#buttons) {
      const { isActive }: EditorCommand = COMMANDS[name]
      if (isActive) button.setAttribute('aria-pressed', String(isActive(state)))
    }
    this.#enable('undo', canUndo(state))
    this.#enable('redo', canRedo(state))
  }

  #prepare(button: HTMLButtonElement, { label, keys, run }: EditorCommand): void {
    const shown = IS_MAC
      ? keys.replace('Mod-', '⌘').replace('Shift-', '⇧').replace('Alt-', '⌥')
      : keys.replace('Mod', 'Ctrl').replaceAll('-', '+')
    button.ariaLabel = label
    button.title = `${label} (${shown})`
    // The caret stays where it is.
    button.addEventListener('mousedown', (event) => event.preventDefault())
    button.addEventListener('click', () => {
      if (button.getAttribute('aria-disabled') === 'true') return
      run(this.#view.state, this.#view.dispatch, this.#view)
      this.#view.focus()
      this.show()
    })
  }

  // Not `disabled`, which would take the focus away from the user who pressed it.
  #enable(name: CommandName, isEnabled: boolean): void {
    this.#buttons.get(name)?.setAttribute('aria-disabled', String(!isEnabled))
  }

  #move(event: KeyboardEvent, buttons: readonly HTMLButtonElement[]): void {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 }
    const step = steps[event.key]
    const at = buttons.indexOf(event.target as HTMLButtonElement)
    if (event.key === 'Escape') this.#view.focus()
    if (step === undefined || at === -1) return
    event.preventDefault()
    const next = buttons.at((at + step) % buttons.length)
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1
    next?.focus()
  }
}
