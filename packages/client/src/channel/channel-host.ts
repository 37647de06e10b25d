import type { ClientFrameInput, ClientLimits, RealtimeError } from '@coterie/protocol'
import type { ClientEnvironment } from '../connection/environment.ts'
import type { RequestOptions } from '../connection/outbox.ts'
import type { Settle } from '../connection/requests.ts'
import type { Signal } from '../signals/signal.ts'

/** What a channel needs from its client. */
export interface ChannelHost {
  readonly environment: ClientEnvironment
  readonly userId: Signal<string | null>
  readonly limits: ClientLimits
  /** True when frames can be sent now. */
  readonly isReady: boolean
  /** True when nothing will be sent until somebody connects again. */
  readonly hasEnded: boolean
  /** The error that ended the client; undefined after `disconnect()`. */
  readonly failure: RealtimeError | undefined
  /** Makes the error that says why nothing can be sent now. */
  createAbsenceError(): RealtimeError
  /** Sends a frame; settles at once with `unavailable` when not ready. */
  request(frame: ClientFrameInput, settle: Settle, options?: RequestOptions): void
  /** Sends a frame once connected; settles with `timeout` when that takes too long. */
  requestSoon(frame: ClientFrameInput, settle: Settle): void
  /** Sends a frame that needs no answer; drops it when not ready. */
  send(frame: ClientFrameInput): void
  /** Runs a function when it is time to try again; the returned function cancels it. */
  retry(error: RealtimeError, failures: number, run: () => void): () => void
  /** Reserves one slot of the publish queue; false when the queue is full. */
  takePublishSlot(): boolean
  /** Releases slots of the publish queue. */
  freePublishSlots(count: number): void
}
