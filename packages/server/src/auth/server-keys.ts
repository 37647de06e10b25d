import { createHash, timingSafeEqual } from 'node:crypto'

/** The keys with which an application authenticates to its own server. */
export class ServerKeys {
  readonly #digests: readonly Buffer[]

  constructor(keys: readonly string[]) {
    this.#digests = keys.map(digest)
  }

  /** True without any key: then nobody can call as the application. */
  get isEmpty(): boolean {
    return this.#digests.length === 0
  }

  /** Tells whether a key is one of them, in constant time. */
  accepts(key: string): boolean {
    const given = digest(key)
    let accepted = false
    for (const known of this.#digests) accepted = timingSafeEqual(known, given) || accepted
    return accepted
  }
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
