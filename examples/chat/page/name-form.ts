import { find, setText } from './element.ts'
import { toRoomName } from './room-name.ts'

/** What somebody enters before the first message. */
export interface Entry {
  readonly name: string
  readonly room: string
}

/** Asks who somebody is. */
export class NameForm {
  readonly #root = find(document, '#entry', HTMLElement)
  readonly #form = find(document, '#name-form', HTMLFormElement)
  readonly #name = find(document, '#name', HTMLInputElement)
  readonly #room = find(document, '#room', HTMLInputElement)
  readonly #problem = find(document, '#name-problem', HTMLElement)
  readonly #join = find(document, '#name-form button', HTMLButtonElement)

  /** @param onJoin rejects with what is wrong, in words for people */
  constructor(onJoin: (entry: Entry) => Promise<void>) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#submit(onJoin)
    })
    this.#name.addEventListener('input', () => this.#showProblem(''))
  }

  /** Shows the form with a room filled in. */
  show(room: string): void {
    this.#room.value = room
    this.#root.hidden = false
    this.#name.focus()
  }

  hide(): void {
    this.#root.hidden = true
  }

  async #submit(onJoin: (entry: Entry) => Promise<void>): Promise<void> {
    const name = this.#name.value.trim()
    // A second press while the first one is under way would make a second person.
    if (this.#join.getAttribute('aria-busy') === 'true') return
    if (name === '') return this.#refuse('Please say what to call you.')
    this.#join.setAttribute('aria-busy', 'true')
    try {
      await onJoin({ name, room: toRoomName(this.#room.value) })
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : String(error))
    } finally {
      this.#join.setAttribute('aria-busy', 'false')
    }
  }

  #refuse(problem: string): void {
    this.#showProblem(problem)
    this.#name.focus()
  }

  #showProblem(problem: string): void {
    this.#name.setAttribute('aria-invalid', String(problem !== ''))
    setText(this.#problem, problem)
  }
}
