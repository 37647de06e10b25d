import { createHmac, timingSafeEqual } from 'node:crypto'
import { ok, type Result, refuse } from '@coterie/protocol'
import { LRUCache } from 'lru-cache'
import type { PasswordHasher } from '../../ports/password-hasher.ts'
import type { Random } from '../../ports/random.ts'
import type { HashQueue } from './hash-queue.ts'
import { type Guesser, ownerOf, type PasswordGuesses } from './password-guesses.ts'
import type { RoomRegistry } from './room-registry.ts'

/** Rooms whose right password is remembered. */
const MAX_KNOWN = 10_000

/** The parts of the hub that checking passwords needs. */
export interface RoomPasswordsParts {
  readonly registry: RoomRegistry
  readonly hasher: PasswordHasher
  readonly hashes: HashQueue
  readonly guesses: PasswordGuesses
  readonly random: Random
}

/** Checks what one has to know to enter a room. */
export class RoomPasswords {
  readonly #parts: RoomPasswordsParts
  // Digests of one length under a key of this process: comparing them tells nothing.
  readonly #key: Uint8Array
  /** Passwords that were found right: hashing each again would cost everybody who comes back. */
  readonly #known = new LRUCache<string, { readonly hash: string; readonly digest: Buffer }>({
    maxSize: MAX_KNOWN,
    sizeCalculation: () => 1,
  })
  /** What is being hashed: many who come with the same password cost one hash. */
  readonly #hashing = new Map<string, Promise<Result<boolean>>>()

  constructor(parts: RoomPasswordsParts) {
    this.#parts = parts
    this.#key = parts.random.bytes(32)
  }

  /**
   * Tells whether one may enter with what was given; only so many wrong ones are looked at.
   *
   * Refused with `wrong_password`, with `rate_limited` where there were too many,
   * and with `unavailable` where too many wait to be looked at.
   */
  async check(
    roomId: string,
    guesser: Guesser,
    given: string | undefined,
  ): Promise<Result<undefined>> {
    const { registry, guesses } = this.#parts
    if (!registry.find(roomId)?.hasPassword) return ok(undefined)
    const quick = given === undefined ? false : this.#compare(roomId, given)
    if (quick === true) return guesses.check(roomId, guesser) ?? ok(undefined)
    // Counted before it is looked at: many at once must not be looked at all.
    const refusal = guesses.take(roomId, guesser)
    if (refusal) return refusal
    if (given === undefined)
      return refuse('wrong_password', 'Access denied: a password is required')
    const verified = quick === false ? ok(false) : await this.#verify(roomId, guesser, given)
    if (verified.ok && !verified.value) return refuse('wrong_password', 'Access denied')
    guesses.putBack(roomId, guesser)
    return verified.ok ? ok(undefined) : verified
  }

  // Undefined where only a hash can tell.
  #compare(roomId: string, given: string): boolean | undefined {
    const { registry } = this.#parts
    const digest = this.#digest(given)
    const declared = registry.declaredPassword(roomId)
    if (declared !== undefined) return timingSafeEqual(digest, this.#digest(declared))
    const hash = registry.passwordHash(roomId)
    if (hash === undefined) return false
    const known = this.#known.get(roomId)
    return known?.hash === hash ? timingSafeEqual(digest, known.digest) : undefined
  }

  #verify(roomId: string, guesser: Guesser, given: string): Promise<Result<boolean>> {
    const { registry, hasher, hashes } = this.#parts
    const hash = registry.passwordHash(roomId) ?? ''
    const digest = this.#digest(given)
    const key = JSON.stringify([hash, digest.toString('base64')])
    const underWay = this.#hashing.get(key)
    if (underWay) return underWay
    const verifying = hashes
      .run(ownerOf(guesser), () => hasher.verify(given, hash))
      .then((verified) => {
        if (verified.ok && verified.value) this.#known.set(roomId, { hash, digest })
        return verified
      })
      .finally(() => this.#hashing.delete(key))
    this.#hashing.set(key, verifying)
    return verifying
  }

  #digest(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text.normalize('NFKC')).digest()
  }
}
