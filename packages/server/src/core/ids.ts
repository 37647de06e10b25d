import {
  type ConnectionId,
  type EventId,
  formatUuidV7,
  type SubscriptionId,
} from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

const SECRET_BYTES = 24
// One call to the generator serves many ids; 16 bytes cost as much as 1,000.
const POOL_BYTES = 1_000
const UUID_BYTES = 10
/** Encoded as base64url they have the 43 characters that the protocol requires. */
const IDENTITY_BYTES = 32

/** Makes the ids that the hub assigns. */
export class Ids {
  readonly #clock: Clock
  readonly #random: Random
  #pool: Uint8Array = new Uint8Array(0)
  #used = 0

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  connection(): ConnectionId {
    return this.#uuid() as ConnectionId
  }

  event(): EventId {
    return this.#uuid() as EventId
  }

  subscription(): SubscriptionId {
    return this.#uuid() as SubscriptionId
  }

  /** Makes a secret that cannot be guessed. */
  secret(): string {
    return Buffer.from(this.#take(SECRET_BYTES)).toString('base64url')
  }

  /** Makes the secret that identifies an anonymous user after reconnecting. */
  identity(): string {
    return Buffer.from(this.#take(IDENTITY_BYTES)).toString('base64url')
  }

  #uuid(): string {
    return formatUuidV7(this.#clock.now(), this.#take(UUID_BYTES))
  }

  #take(count: number): Uint8Array {
    if (this.#used + count > this.#pool.length) {
      this.#pool = this.#random.bytes(POOL_BYTES)
      this.#used = 0
    }
    const random = this.#pool.subarray(this.#used, this.#used + count)
    this.#used += count
    return random
  }
}
