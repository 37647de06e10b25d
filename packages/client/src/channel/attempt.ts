import { RealtimeError } from '@coterie/protocol'
import { elapsedMsOf } from '../connection/elapsed.ts'
import type { ChannelHost } from './channel-host.ts'

/** The server knows an id for five minutes, and what is sent again takes time to arrive. */
const RESEND_WITHIN_MS = 270_000

/** When, and as whom, something was first sent whose answer has not come. */
export interface Attempt {
  readonly wallMs: number
  readonly elapsedMs: number
  readonly userId: string | null
}

/** Notes an attempt that is about to be made. */
export function createAttempt({ environment: { clock }, userId }: ChannelHost): Attempt {
  return { wallMs: clock.now(), elapsedMs: elapsedMsOf(clock), userId: userId() }
}

/** Tells whether the server still knows by its id what is sent again. */
export function isRemembered(attempt: Attempt, host: ChannelHost): boolean {
  const { clock } = host.environment
  // A machine that sleeps stops the one clock, and whoever sets the time moves the other.
  const ageMs = Math.max(clock.now() - attempt.wallMs, elapsedMsOf(clock) - attempt.elapsedMs)
  return isSameUser(attempt, host) && ageMs < RESEND_WITHIN_MS
}

/** Tells whether the client is still who made an attempt: ids are known by their sender. */
export function isSameUser({ userId }: Attempt, host: ChannelHost): boolean {
  return userId === host.userId()
}

/** Makes the error for what may have happened, and cannot be sent again. */
export function createLateError(): RealtimeError {
  return new RealtimeError(
    'timeout',
    'the answer was lost, and it is too late to send again: it may or may not have taken effect',
  )
}
