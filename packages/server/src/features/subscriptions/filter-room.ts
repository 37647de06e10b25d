import { ok, type Result, refuse, type UserId } from '@coterie/protocol'
import type { StoredSubscription } from '../../ports/subscription-repository.ts'
import { FilterBytes, filterBytesOf } from './filter-bytes.ts'

/** Room for the filters of a subscription while it is being stored. */
export interface HeldRoom {
  /** Takes room for the filters of a subscription, in place of what was taken before. */
  take(subscription: Pick<StoredSubscription, 'userId' | 'query' | 'payloadFilter'>): Result<void>
  /** Gives back what was taken: by now it is stored, or it never will be. */
  release(): void
}

/** Bounds the bytes of filters that the active subscriptions of a user have. */
export class FilterRoom {
  readonly #stored: FilterBytes
  readonly #maxBytes: number
  /** Bytes that are being stored, and are not counted as stored yet. */
  readonly #expected = new FilterBytes()

  constructor(stored: FilterBytes, maxBytes: number) {
    this.#stored = stored
    this.#maxBytes = maxBytes
  }

  /** Holds room before it is stored: many that come together must not all find it free. */
  hold(): HeldRoom {
    let taken: { readonly userId: UserId; readonly bytes: number } | undefined
    const release = (): void => {
      if (taken) this.#expected.add(taken.userId, -taken.bytes)
      taken = undefined
    }
    return {
      take: (subscription) => {
        release()
        const { userId } = subscription
        const bytes = filterBytesOf(subscription)
        const held = this.#stored.of(userId) + this.#expected.of(userId)
        if (bytes > 0 && held + bytes > this.#maxBytes) return this.#refuse(held, bytes)
        this.#expected.add(userId, bytes)
        taken = { userId, bytes }
        return ok(undefined)
      },
      release,
    }
  }

  #refuse(held: number, bytes: number): ReturnType<typeof refuse> {
    const limit = this.#maxBytes
    const message = `the filters of a user's active subscriptions have at most ${limit} bytes as JSON; they have ${held}, and this one has ${bytes}`
    return refuse('limit_exceeded', message, { details: { held, bytes, limit } })
  }
}
