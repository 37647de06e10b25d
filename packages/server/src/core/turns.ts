/**
 * Starts related work in the order of arrival, although each piece first waits
 * for something that may take time.
 */
export class Turns {
  /** Resolves when the newest work of a key has started. */
  readonly #begun = new Map<string, Promise<void>>()

  /** True where no key has waiting work. */
  get isIdle(): boolean {
    return this.#begun.size === 0
  }

  /** Resolves when all earlier work of a key has started; undefined if it has. */
  before(key: string): Promise<void> | undefined {
    return this.#begun.get(key)
  }

  /**
   * Starts work once its input is known and all earlier work of the key has
   * started; immediately if there is nothing to wait for. Does not await its end.
   *
   * @param known never rejects
   */
  take<Known, Done>(
    key: string,
    known: Known | Promise<Known>,
    work: (known: Known) => Promise<Done>,
  ): Promise<Done> {
    const earlier = this.#begun.get(key)
    if (!earlier && !(known instanceof Promise)) return work(known)
    const { promise, resolve, reject } = Promise.withResolvers<Done>()
    const begun = Promise.all([known, earlier]).then(([value]) => {
      if (this.#begun.get(key) === begun) this.#begun.delete(key)
      try {
        resolve(work(value))
      } catch (error) {
        reject(error)
      }
    })
    this.#begun.set(key, begun)
    return promise
  }
}
