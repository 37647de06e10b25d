/**
 * Begins what belongs together in the order of arrival, where something must be
 * known before that may take time to find out.
 */
export class Turns {
  /** Settles when the newest work of a key has begun. */
  readonly #begun = new Map<string, Promise<void>>()

  /** True where nothing of any key is waited for. */
  get isIdle(): boolean {
    return this.#begun.size === 0
  }

  /** Resolves when all earlier work of a key has begun; undefined where it has. */
  before(key: string): Promise<void> | undefined {
    return this.#begun.get(key)
  }

  /**
   * Begins work once what it needs is known and all earlier work of the key has
   * begun; at once where nothing is to be waited for. Its end is not waited for.
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
