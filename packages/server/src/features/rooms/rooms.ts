import { createHmac, timingSafeEqual } from 'node:crypto'
import { ok, type Result, refuse, TokenBucket } from '@coterie/protocol'
import type { Feature } from '../../core/feature.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'

const FAILURES_PER_MINUTE = 5
const FORGET_FAILURES_MS = 60_000

/** What the feature needs of the hub. */
export interface RoomsFeatureParts {
  readonly clock: Clock
  readonly random: Random
  /** Passwords by the channel of their room. */
  readonly passwords: ReadonlyMap<string, string>
  /** Counts the different users in a channel, those about to enter among them. */
  readonly countUsers: (channel: string) => number
}

/** Who may enter a channel that has a password or room for only so many. */
export function roomsFeature({ clock, random, passwords, countUsers }: RoomsFeatureParts): Feature {
  // Digests of one length under a key of this process: comparing them tells nothing.
  const key = random.bytes(32)
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const digests = new Map([...passwords].map(([channel, text]) => [channel, digest(text)]))
  const failures = new Map<string, TokenBucket>()

  const checkPassword = (
    channel: string,
    userId: string,
    given: string | undefined,
  ): Result<undefined> => {
    const expected = digests.get(channel)
    if (!expected) return ok(undefined)
    const id = JSON.stringify([channel, userId])
    const tries =
      failures.get(id) ??
      new TokenBucket(FAILURES_PER_MINUTE / 60, FAILURES_PER_MINUTE, clock.elapsed())
    const retryAfterMs = tries.waitMs(clock.elapsed())
    if (retryAfterMs > 0) {
      return refuse('rate_limited', 'too many wrong passwords', { retry_after_ms: retryAfterMs })
    }
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return ok(undefined)
    if (!failures.has(id)) {
      failures.set(id, tries)
      clock.setTimer(() => failures.delete(id), FORGET_FAILURES_MS)
    }
    tries.take(clock.elapsed())
    return refuse(
      'wrong_password',
      given === undefined ? 'Access denied: a password is required' : 'Access denied',
    )
  }

  return {
    async onJoin({ channel, connection, definition }, { password }) {
      const userId = connection.principal?.userId ?? ''
      const checked = checkPassword(channel, userId, password)
      if (!checked.ok) return checked
      if (definition.maxUsers !== undefined && countUsers(channel) > definition.maxUsers) {
        return refuse('room_full', 'Room is full', { max_users: definition.maxUsers })
      }
      return ok(undefined)
    },
  }
}
