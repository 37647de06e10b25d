import { createHmac, timingSafeEqual } from 'node:crypto'
import { ok, type Result, refuse, TokenBucket } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { PasswordHasher } from '../../ports/password-hasher.ts'
import type { Random } from '../../ports/random.ts'
import type { RoomRegistry } from './room-registry.ts'

const FAILURES_PER_MINUTE = 5
const FORGET_FAILURES_MS = 60_000

/** Checks what one has to know to enter a room. */
export class RoomPasswords {
  readonly #registry: RoomRegistry
  readonly #hasher: PasswordHasher
  readonly #clock: Clock
  // Digests of one length under a key of this process: comparing them tells nothing.
  readonly #key: Uint8Array
  readonly #failures = new Map<string, TokenBucket>()
  /** Passwords that were found right: hashing each again would cost everybody who comes back. */
  readonly #known = new Map<string, { readonly hash: string; readonly digest: Buffer }>()

  constructor(registry: RoomRegistry, hasher: PasswordHasher, clock: Clock, random: Random) {
    this.#registry = registry
    this.#hasher = hasher
    this.#clock = clock
    this.#key = random.bytes(32)
  }

  /** Tells whether a user may enter with what was given; only so many wrong ones are looked at. */
  async check(
    roomId: string,
    userId: string,
    given: string | undefined,
  ): Promise<Result<undefined>> {
    if (!this.#registry.find(roomId)?.hasPassword) return ok(undefined)
    const id = JSON.stringify([roomId, userId])
    const tries = this.#failures.get(id) ?? this.#newTries()
    const retryAfterMs = tries.waitMs(this.#clock.elapsed())
    if (retryAfterMs > 0) {
      return refuse('rate_limited', 'too many wrong passwords', { retry_after_ms: retryAfterMs })
    }
    // Counted before it is looked at: many at once must not be looked at all.
    this.#remember(id, tries)
    tries.take(this.#clock.elapsed())
    if (given !== undefined && (await this.#isRight(roomId, given))) {
      this.#failures.delete(id)
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

  #newTries(): TokenBucket {
    const nowMs = this.#clock.elapsed()
    return new TokenBucket(FAILURES_PER_MINUTE / 60, FAILURES_PER_MINUTE, nowMs)
  }

  #remember(id: string, tries: TokenBucket): void {
    if (this.#failures.has(id)) return
    this.#failures.set(id, tries)
    this.#clock.setTimer(() => this.#failures.delete(id), FORGET_FAILURES_MS)
  }

  #digest(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text.normalize('NFKC')).digest()
  }
}
