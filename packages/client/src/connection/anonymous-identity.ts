/**
 * Where a client keeps the secret by which it is the same anonymous user again.
 *
 * @example
 * const identityStorage = {
 *   get: () => sessionStorage.getItem('coterie'),
 *   set: (identity) => sessionStorage.setItem('coterie', identity),
 * }
 */
export interface IdentityStorage {
  /** Returns what was set last; null or undefined where nothing was. */
  get(): string | null | undefined
  set(identity: string): void
}

/** What the server handed out to an anonymous user, kept for the next connection. */
export class AnonymousIdentity {
  readonly #storage: IdentityStorage | undefined
  readonly #reportError: (error: unknown) => void
  #known: string | undefined

  constructor(storage: IdentityStorage | undefined, reportError: (error: unknown) => void) {
    this.#storage = storage
    this.#reportError = reportError
  }

  /** Returns the secret; undefined before there is one. */
  recall(): string | undefined {
    try {
      this.#known ??= this.#storage?.get() ?? undefined
    } catch (error) {
      this.#reportError(error)
    }
    return this.#known
  }

  /** Keeps a secret; in memory where the storage fails. */
  keep(identity: string): void {
    this.#known = identity
    try {
      this.#storage?.set(identity)
    } catch (error) {
      this.#reportError(error)
    }
  }
}
