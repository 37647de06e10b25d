import { find } from './element.ts'

/** Says things to people who do not see the page. */
export class Announcer {
  readonly #polite = find(document, '#polite', HTMLElement)
  readonly #assertive = find(document, '#assertive', HTMLElement)

  /** Says something once whatever is being read out has ended. */
  say(text: string): void {
    say(this.#polite, text)
  }

  /** Says something at once. */
  interrupt(text: string): void {
    say(this.#assertive, text)
  }
}

function say(region: HTMLElement, text: string): void {
  // The same words again are a change only if something else stood there before.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text
}
