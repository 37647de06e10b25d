import { createHmac, timingSafeEqual } from 'node:crypto'
import { ok, type Result, refuse } from '@coterie/protocol'
import type { RateLimiter } from '../../core/limits/rate-limiter.ts'
import type { PasswordHasher } from '../../ports/password-hasher.ts'
import type { Random } from '../../ports/random.ts'
import type { RoomRegistry } from './room-registry.ts'

/** Checks what one has to know to enter a room. */
export class RoomPasswords {
  readonly #registry: RoomRegistry
  readonly #hasher: PasswordHasher
  readonly #tries: RateLimiter
  // Digests of one length under a key of this process: comparing them tells nothing.
  readonly #key: Uint8Array
  /** Passwords that were found right: hashing each again would cost everybody who comes back. */
  readonly #known = new Map<string, { readonly hash: string; readonly digest: Buffer }>()

  constructor(registry: RoomRegistry, hasher: PasswordHasher, tries: RateLimiter, random: Random) {
    this.#registry = registry
    this.#hasher = hasher
    this.#tries = tries
    this.#key = random.bytes(32)
  }

  /**
   * Tells whether one may enter with what was given; only so many wrong ones are looked at.
   *
   * @param guesser whom wrong ones count for
   */
  async check(
    roomId: string,
    guesser: string,
    given: string | undefined,
  ): Promise<Result<undefined>> {
    if (!this.#registry.find(roomId)?.hasPassword) return ok(undefined)
    const id = JSON.stringify([roomId, guesser])
    // Counted before it is looked at: many at once must not be looked at all.
    const refusal = this.#tries.take(id)
    if (refusal) return refusal
    if (given !== undefined && (await this.#isRight(roomId, given))) {
      this.#tries.putBack(id)
      return ok(undefined)
    }
    const hint = given === undefined ? ': a password is required' : ''
    return refuse('wrong_password', `Access denied${hint}`)
  }

  async #isRight(roomId: string, given: string): Promise<boolean> {
    const digest = this.#digest(given)
    const declared = this.#registry.declaredPassword(roomId)
    if (declared !== undefined) return timingSafeEqual(digest, this.#digest(declared))
    const hash = this.#registry.passwordHash(roomId)
    if (hash === undefined) return false
    const known = this.#known.get(roomId)
    if (known?.hash === hash) return timingSafeEqual(digest, known.digest)
    const isRight = await this.#hasher.verify(given, hash)
    if (isRight) this.#known.set(roomId, { hash, digest })
    return isRight
  }

  #digest(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text.normalize('NFKC')).digest()
  }
}
