import { find } from '../../chat/page/element.ts'
import type { ToolName } from './board.ts'
import type { Ink } from './stroke.ts'

const DEFAULT_WIDTH = 20

/** What the controls do. */
export interface ToolbarParts {
  onTool(tool: ToolName): void
  onUndo(): void
  onClear(): void
  onBackground(color: string): void
}

/** The controls under the board. */
export class Toolbar {
  readonly #form = find(document, '#toolbar', HTMLFormElement)
  readonly #custom = find(document, '#custom-color', HTMLInputElement)
  readonly #customChoice = find(document, '#custom-choice', HTMLInputElement)
  readonly #background = find(document, '#background', HTMLInputElement)
  readonly #undo = find(document, '#undo', HTMLButtonElement)
  readonly #clear = find(document, '#clear', HTMLButtonElement)
  readonly #dialog = find(document, '#clear-dialog', HTMLDialogElement)
  readonly #parts: ToolbarParts

  constructor(parts: ToolbarParts) {
    this.#parts = parts
    this.#form.addEventListener('submit', (event) => event.preventDefault())
    this.#form.addEventListener('change', ({ target }) => {
      if (target instanceof HTMLInputElement) this.#changed(target)
    })
    this.#undo.addEventListener('click', () => parts.onUndo())
    this.#clear.addEventListener('click', () => this.#dialog.showModal())
    this.#dialog.addEventListener('close', () => {
      if (this.#dialog.returnValue === 'clear') parts.onClear()
      this.#dialog.returnValue = ''
    })
    document.addEventListener('keydown', (event) => this.#pressed(event))
    for (const swatch of this.#form.querySelectorAll<HTMLInputElement>('[name="color"]')) {
      if (swatch !== this.#customChoice)
        swatch.parentElement?.style.setProperty('--swatch', swatch.value)
    }
    this.#showCustom()
  }

  /** What lines are drawn with now. */
  get ink(): Ink {
    const choices = new FormData(this.#form)
    const color = String(choices.get('color'))
    return {
      color: color === 'custom' ? this.#custom.value : color,
      width: Number(choices.get('width')) || DEFAULT_WIDTH,
    }
  }

  /** What is in the hand. */
  get tool(): ToolName {
    return new FormData(this.#form).get('tool') === 'eraser' ? 'eraser' : 'pen'
  }

  /** Takes something in the hand. */
  set tool(name: ToolName) {
    if (name === this.tool) return
    find(this.#form, `[name="tool"][value="${name}"]`, HTMLInputElement).checked = true
    this.#parts.onTool(name)
  }

  /** Shows what there is to do at the board as it is. */
  show({ canUndo, canClear, background }: ToolbarState): void {
    this.#undo.disabled = !canUndo
    this.#clear.disabled = !canClear
    this.#background.value = background
  }

  #changed(input: HTMLInputElement): void {
    if (input.name === 'tool') this.#parts.onTool(this.tool)
    else if (input === this.#background) this.#parts.onBackground(input.value)
    else if (input === this.#custom) {
      this.#customChoice.checked = true
      this.#showCustom()
    }
    // Who chooses a color wants to draw with it.
    if (input.name === 'color' || input === this.#custom) this.tool = 'pen'
  }

  #showCustom(): void {
    this.#customChoice.parentElement?.style.setProperty('--swatch', this.#custom.value)
  }

  #pressed(event: KeyboardEvent): void {
    if (this.#dialog.open || event.altKey) return
    const key = event.key.toLowerCase()
    if (event.ctrlKey || event.metaKey) {
      if (key !== 'z' || event.shiftKey) return
      event.preventDefault()
      this.#parts.onUndo()
    } else if (key === 'p') this.tool = 'pen'
    else if (key === 'e') this.tool = 'eraser'
  }
}

/** What the controls depend on. */
export interface ToolbarState {
  readonly canUndo: boolean
  readonly canClear: boolean
  readonly background: string
}
