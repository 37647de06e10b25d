import type { WebSocketClient } from '@coterie/client'
import { element, find, setText } from '../../chat/page/element.ts'
import type { Toast } from '../../whiteboard/page/toast.ts'
import { sendNotice } from './notice.ts'
import { PRIORITY_LOOKS, TYPE_LOOKS } from './notification-look.ts'
import type { Recipients } from './recipients.ts'

/** The form that notifies others. */
export class ComposeForm {
  readonly #form = find(document, '#compose-form', HTMLFormElement)
  readonly #type = find(document, '#type', HTMLSelectElement)
  readonly #priority = find(document, '#priority', HTMLSelectElement)
  readonly #title = find(document, '#title', HTMLInputElement)
  readonly #message = find(document, '#message', HTMLTextAreaElement)
  readonly #action = find(document, '#action', HTMLInputElement)
  readonly #expires = find(document, '#expires', HTMLSelectElement)
  readonly #problem = find(document, '#compose-problem', HTMLElement)
  readonly #send = find(document, '#send', HTMLButtonElement)
  readonly #client: WebSocketClient
  readonly #recipients: Recipients
  readonly #toast: Toast

  constructor(client: WebSocketClient, recipients: Recipients, toast: Toast) {
    this.#client = client
    this.#recipients = recipients
    this.#toast = toast
    fill(this.#type, TYPE_LOOKS)
    fill(this.#priority, PRIORITY_LOOKS)
    this.#priority.value = 'normal'
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#submit()
    })
    this.#form.addEventListener('input', () => setText(this.#problem, ''))
  }

  focus(): void {
    if (this.#recipients.names.length === 0) this.#recipients.focus()
    else this.#title.focus()
  }

  async #submit(): Promise<void> {
    if (this.#send.getAttribute('aria-busy') === 'true') return
    const to = this.#recipients.names
    const title = this.#title.value.trim()
    if (to.length === 0) {
      this.#recipients.focus()
      return this.#refuse('Say whom to notify: press a name, or type one.')
    }
    if (title === '') {
      this.#title.focus()
      return this.#refuse('A title says what it is about.')
    }
    this.#send.setAttribute('aria-busy', 'true')
    try {
      const action = this.#action.value.trim()
      await sendNotice(this.#client, {
        to,
        type: this.#type.value,
        priority: this.#priority.value,
        title,
        message: this.#message.value.trim(),
        ...(action !== '' && { action }),
        ...(this.#expires.value !== '' && { expires_in_s: Number(this.#expires.value) }),
      })
      this.#toast.say(`Sent to ${new Intl.ListFormat('en').format(to)}.`)
      for (const field of [this.#title, this.#message, this.#action, this.#expires]) {
        field.value = ''
      }
      this.#priority.value = 'normal'
      setText(this.#problem, '')
    } catch (error) {
      this.#refuse(`Not sent: ${(error as Error).message}.`)
    } finally {
      this.#send.setAttribute('aria-busy', 'false')
    }
  }

  #refuse(problem: string): void {
    setText(this.#problem, problem)
  }
}

function fill(select: HTMLSelectElement, looks: Readonly<Record<string, { label: string }>>): void {
  const options = Object.entries(looks).map(([value, { label }]) => {
    const option = element('option', '', label)
    option.value = value
    return option
  })
  select.replaceChildren(...options)
}
