import { find, setText } from '../../chat/page/element.ts'

/** Asks who somebody is. */
export class EntryForm {
  readonly #root = find(document, '#entry', HTMLElement)
  readonly #form = find(document, '#name-form', HTMLFormElement)
  readonly #name = find(document, '#name', HTMLInputElement)
  readonly #problem = find(document, '#name-problem', HTMLElement)
  readonly #open = find(document, '#name-form button', HTMLButtonElement)

  /** @param onName rejects with what is wrong, in words for people */
  constructor(onName: (name: string) => Promise<void>) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#submit(onName)
    })
    this.#name.addEventListener('input', () => this.#show(''))
  }

  show(): void {
    this.#root.hidden = false
    this.#name.focus()
  }

  async #submit(onName: (name: string) => Promise<void>): Promise<void> {
    const name = this.#name.value.trim()
    if (this.#open.getAttribute('aria-busy') === 'true') return
    if (name === '') return this.#refuse('Please say what to call you.')
    this.#open.setAttribute('aria-busy', 'true')
    try {
      await onName(name)
      this.#root.hidden = true
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : String(error))
    } finally {
      this.#open.setAttribute('aria-busy', 'false')
    }
  }

  #refuse(problem: string): void {
    this.#show(problem)
    this.#name.focus()
  }

  #show(problem: string): void {
    this.#name.setAttribute('aria-invalid', String(problem !== ''))
    setText(this.#problem, problem)
  }
}
