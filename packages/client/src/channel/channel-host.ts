import type { ClientFrameInput, ClientLimits, RealtimeError } from '@coterie/protocol'
import type { ClientEnvironment } from '../connection/environment.ts'
import type { RequestOptions } from '../connection/outbox.ts'
import type { Settle } from '../connection/requests.ts'
import type { Signal } from '../signals/signal.ts'

/** What a channel needs of its client. */
export interface ChannelHost {
  readonly environment: ClientEnvironment
  readonly userId: Signal<string | null>
  readonly limits: ClientLimits
  /** True when frames can be sent at this moment. */
  readonly isReady: boolean
  /** True when nothing will be sent until somebody connects again. */
  readonly hasEnded: boolean
  /** What ended the client, unless somebody disconnected it. */
  readonly failure: RealtimeError | undefined
  /** Makes the error that says why nothing can be sent at this moment. */
  createAbsenceError(): RealtimeError
  /** Sends a frame; settles at once with `unavailable` when not ready. */
  request(frame: ClientFrameInput, settle: Settle, options?: RequestOptions): void
  /** Sends a frame as soon as the client is connected; settles with `timeout` when it is not soon. */
  requestSoon(frame: ClientFrameInput, settle: Settle): void
  /** Sends a frame that needs no answer; drops it when not ready. */
  send(frame: ClientFrameInput): void
  /** Runs a function when it is time to try again; the returned function cancels it. */
  retry(error: RealtimeError, failures: number, run: () => void): () => void
  /** Takes one of the places for publishes that wait; false when there is none. */
  takePublishSlot(): boolean
  /** Gives so many places back. */
  freePublishSlots(count: number): void
}
