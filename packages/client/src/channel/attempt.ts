import { RealtimeError } from '@coterie/protocol'
import { elapsedMsOf } from '../connection/elapsed.ts'
import type { ChannelHost } from './channel-host.ts'

/** Below the five minutes for which the server knows an id: a resent frame takes time to arrive. */
const RESEND_WITHIN_MS = 270_000

/** When, and as which user, something unanswered was first sent. */
export interface Attempt {
  readonly wallMs: number
  readonly elapsedMs: number
  readonly userId: string | null
}

/** Notes an attempt that is about to be made. */
export function createAttempt({ environment: { clock }, userId }: ChannelHost): Attempt {
  return { wallMs: clock.now(), elapsedMs: elapsedMsOf(clock), userId: userId() }
}

/** Tells whether the server still recognises the id of a resent frame. */
export function isRemembered(attempt: Attempt, host: ChannelHost): boolean {
  const { clock } = host.environment
  // One clock stops while the machine sleeps; the other jumps when somebody sets the time.
  const ageMs = Math.max(clock.now() - attempt.wallMs, elapsedMsOf(clock) - attempt.elapsedMs)
  return isSameUser(attempt, host) && ageMs < RESEND_WITHIN_MS
}

/** Tells whether the client is still the attempt's user: ids are known per sender. */
export function isSameUser({ userId }: Attempt, host: ChannelHost): boolean {
  return userId === host.userId()
}

/** Makes the error for a request that may have been handled and cannot be resent. */
export function createLateError(): RealtimeError {
  return new RealtimeError(
    'timeout',
    'the answer was lost, and it is too late to send again: it may or may not have taken effect',
  )
}
