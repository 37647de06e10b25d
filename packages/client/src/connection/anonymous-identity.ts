/**
 * Stores the secret by which the server recognises an anonymous user.
 *
 * @example
 * const identityStorage = {
 *   get: () => sessionStorage.getItem('coterie'),
 *   set: (identity) => sessionStorage.setItem('coterie', identity),
 * }
 */
export interface IdentityStorage {
  /** Returns the value set last; null or undefined when there is none. */
  get(): string | null | undefined
  set(identity: string): void
}

/** The server's secret for an anonymous user, kept for the next connection. */
export class AnonymousIdentity {
  readonly #storage: IdentityStorage | undefined
  readonly #reportError: (error: unknown) => void
  #known: string | undefined

  constructor(storage: IdentityStorage | undefined, reportError: (error: unknown) => void) {
    this.#storage = storage
    this.#reportError = reportError
  }

  /** Returns the secret; undefined when there is none yet. */
  recall(): string | undefined {
    try {
      this.#known ??= this.#storage?.get() ?? undefined
    } catch (error) {
      this.#reportError(error)
    }
    return this.#known
  }

  /** Stores a secret; in memory when the storage fails. */
  keep(identity: string): void {
    this.#known = identity
    try {
      this.#storage?.set(identity)
    } catch (error) {
      this.#reportError(error)
    }
  }
}
