import { find } from '../../chat/page/element.ts'

/** The panel beside the document, which is a sheet over it on a narrow screen. */
export class SideSheet {
  readonly #root = find(document, '#people', HTMLElement)
  readonly #toggle = find(document, '#people-toggle', HTMLButtonElement)
  readonly #close = find(document, '#people-close', HTMLButtonElement)

  constructor() {
    this.#toggle.addEventListener('click', () => this.#setOpen(!this.#isOpen))
    this.#close.addEventListener('click', () => this.#setOpen(false))
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#isOpen) this.#setOpen(false)
    })
    document.addEventListener('pointerdown', ({ target }) => {
      if (!this.#isOpen || !(target instanceof Node)) return
      if (!this.#root.contains(target) && !this.#toggle.contains(target)) this.#setOpen(false)
    })
  }

  get #isOpen(): boolean {
    return this.#toggle.getAttribute('aria-expanded') === 'true'
  }

  #setOpen(isOpen: boolean): void {
    this.#toggle.setAttribute('aria-expanded', String(isOpen))
    this.#root.classList.toggle('is-open', isOpen)
    if (isOpen) this.#close.focus()
    else this.#toggle.focus()
  }
}
