/** Texts that were typed and not handed on yet, by what they belong to. */
export class Drafts {
  readonly #texts = new Map<string, string>()
  readonly #delayMs: number
  readonly #onDue: () => void
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param onDue called this long after the first of the drafts that wait */
  constructor(delayMs: number, onDue: () => void) {
    this.#delayMs = delayMs
    this.#onDue = onDue
  }

  get size(): number {
    return this.#texts.size
  }

  get texts(): ReadonlyMap<string, string> {
    return this.#texts
  }

  /** Keeps the newest text, and has it handed on soon. */
  put(id: string, text: string): void {
    this.#texts.set(id, text)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#onDue()
    }, this.#delayMs)
  }

  /** Forgets a text that was handed on. */
  remove(id: string): void {
    this.#texts.delete(id)
    if (this.#texts.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
