import type { WebSocketClient } from '@coterie/client'
import { element, find, setText } from '../../chat/page/element.ts'
import type { Toast } from '../../whiteboard/page/toast.ts'
import { TYPE_LOOKS } from './notification-look.ts'

interface QuietHours {
  readonly start: string
  readonly end: string
  readonly time_zone: string
}

/** What this page changes of a user's preferences; the rest is put back as it was. */
interface Preferences {
  readonly muted_types?: readonly string[]
  readonly quiet_hours?: QuietHours | null
}

/** What one does not want to hear of, and when. */
export class PreferencesDialog {
  readonly #dialog = find(document, '#preferences', HTMLDialogElement)
  readonly #form = find(document, '#preferences form', HTMLFormElement)
  readonly #muted = find(document, '#muted', HTMLElement)
  readonly #quiet = find(document, '#quiet-on', HTMLInputElement)
  readonly #start = find(document, '#quiet-start', HTMLInputElement)
  readonly #end = find(document, '#quiet-end', HTMLInputElement)
  readonly #problem = find(document, '#preferences-problem', HTMLElement)
  readonly #save = find(document, '#preferences-save', HTMLButtonElement)
  readonly #client: WebSocketClient
  readonly #toast: Toast
  readonly #chips = new Map<string, HTMLButtonElement>()
  #stored: Preferences = {}

  constructor(client: WebSocketClient, toast: Toast) {
    this.#client = client
    this.#toast = toast
    for (const [type, { label }] of Object.entries(TYPE_LOOKS)) {
      const chip = createToggle(label)
      this.#chips.set(type, chip)
      this.#muted.append(chip)
    }
    // Nobody may miss what is about their security, so the server does not let it be muted.
    this.#chips.get('security')?.remove()
    const settings = find(document, '#settings', HTMLButtonElement)
    settings.addEventListener('click', () => void this.#open())
    const cancel = find(document, '#preferences-cancel', HTMLButtonElement)
    cancel.addEventListener('click', () => this.#dialog.close())
    this.#quiet.addEventListener('change', () => this.#showQuiet())
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#submit()
    })
  }

  async #open(): Promise<void> {
    try {
      this.#stored = await this.#ask('GET')
    } catch (error) {
      this.#toast.say(`Your preferences could not be loaded: ${(error as Error).message}.`)
      return
    }
    const { muted_types: muted = [], quiet_hours: quiet } = this.#stored
    for (const [type, chip] of this.#chips) {
      chip.setAttribute('aria-pressed', String(muted.includes(type)))
    }
    this.#quiet.checked = quiet !== null && quiet !== undefined
    if (quiet) {
      this.#start.value = quiet.start
      this.#end.value = quiet.end
    }
    this.#showQuiet()
    setText(this.#problem, '')
    this.#dialog.showModal()
  }

  async #submit(): Promise<void> {
    const muted = [...this.#chips].filter(([, chip]) => isPressed(chip))
    const quiet = {
      start: this.#start.value,
      end: this.#end.value,
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }
    this.#save.setAttribute('aria-busy', 'true')
    try {
      // What is not shown here stays as it is: to name routes would refuse all others.
      await this.#ask('PATCH', {
        muted_types: muted.map(([type]) => type),
        quiet_hours: this.#quiet.checked ? quiet : null,
      })
      this.#dialog.close()
      this.#toast.say('Saved.')
    } catch (error) {
      setText(this.#problem, `Not saved: ${(error as Error).message}.`)
    } finally {
      this.#save.setAttribute('aria-busy', 'false')
    }
  }

  #showQuiet(): void {
    this.#start.disabled = !this.#quiet.checked
    this.#end.disabled = !this.#quiet.checked
  }

  async #ask(method: 'GET' | 'PATCH', preferences?: Preferences): Promise<Preferences> {
    const userId = encodeURIComponent(this.#client.userId() ?? '')
    const response = await this.#client.connection.fetch(`/notification-preferences/${userId}`, {
      method,
      ...(preferences && { body: JSON.stringify(preferences) }),
    })
    const text = await response.text()
    if (response.status < 400) return JSON.parse(text) as Preferences
    throw new Error(messageOf(text) ?? `the server answered ${response.status}`)
  }
}

function createToggle(label: string): HTMLButtonElement {
  const chip = element('button', 'chip', label)
  chip.type = 'button'
  chip.setAttribute('aria-pressed', 'false')
  chip.addEventListener('click', () => {
    chip.setAttribute('aria-pressed', String(!isPressed(chip)))
  })
  return chip
}

function isPressed(chip: Element): boolean {
  return chip.getAttribute('aria-pressed') === 'true'
}

function messageOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { error?: { message?: string } }).error?.message
  } catch {
    return undefined
  }
}
