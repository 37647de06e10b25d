import { find, setText } from '../../chat/page/element.ts'

/** Says what went wrong, and what can be done about it. */
export class ProblemBanner {
  readonly #root = find(document, '#banner', HTMLElement)
  readonly #detail = find(document, '#banner .detail', HTMLElement)
  readonly #action = find(document, '#banner button', HTMLButtonElement)
  #run: () => void = () => {}

  constructor() {
    this.#action.addEventListener('click', () => {
      this.hide()
      this.#run()
    })
  }

  /** @param action what its button does; without one it takes the banner away */
  show(text: string, action?: { readonly label: string; run(): void }): void {
    setText(this.#detail, text)
    setText(this.#action, action?.label ?? 'Dismiss')
    this.#run = () => action?.run()
    this.#root.hidden = false
  }

  hide(): void {
    this.#root.hidden = true
  }
}
