import type { NotificationPayload } from '@coterie/protocol'
import type { StoredDelivery } from './delivery-repository.ts'

/** A delivery as a sender gets it: who, where to, and what it says. */
export interface OutgoingDelivery
  extends Pick<StoredDelivery, 'id' | 'notificationId' | 'userId' | 'route' | 'target'> {
  readonly payload: NotificationPayload
  /** Wall time in ms of this attempt. */
  readonly attemptedAtMs: number
}

/** Brings notifications to a user by one route outside of the hub. */
export interface NotificationSender {
  readonly route: OutgoingDelivery['route']

  /**
   * Sends once; resolves when the other side has taken it. It may be called
   * again for the same `id`, even after success: what it sends lets the other
   * side recognise that.
   *
   * @param signal ends the attempt; its time is over or the hub stops
   * @throws {DeliveryError} that says whether another attempt can help; so can any other error
   */
  send(delivery: OutgoingDelivery, signal: AbortSignal): Promise<void>

  /** Says what is wrong with an address or URL, without looking it up; undefined when nothing is. */
  targetProblem(target: string): string | undefined

  /** Lets go of connections, where the sender keeps any. */
  close?(): void
}

/** How an attempt failed. */
export interface DeliveryFailure {
  /** True where every further attempt would fail too. */
  readonly isPermanent: boolean
  /** The other side wants to be left alone for so long, in ms. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/** An attempt to send that failed. Its message is kept with the delivery. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly isPermanent: boolean
  readonly retryAfterMs: number | undefined

  constructor(message: string, { isPermanent, retryAfterMs, cause }: DeliveryFailure) {
    super(message, cause === undefined ? undefined : { cause })
    this.isPermanent = isPermanent
    this.retryAfterMs = retryAfterMs
  }
}
