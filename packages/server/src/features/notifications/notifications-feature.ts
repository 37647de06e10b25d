import type { NotificationId } from '@coterie/protocol'
import type { Connection, UserConnection } from '../../core/connection.ts'
import type { Connections } from '../../core/connections.ts'
import { done, type Feature, type FrameHandler } from '../../core/feature.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { EventRecord } from '../../ports/engine.ts'
import type { DeliveryWorker } from './deliveries/delivery-worker.ts'
import type { InboxPush } from './inbox-push.ts'
import { decodeSignal, INBOX_CHANNEL } from './inbox-signal.ts'
import type { NotificationSweeps } from './notification-sweeps.ts'
import type { Notifications } from './notifications.ts'
import type { RecentDeliveries } from './recent-deliveries.ts'

/** The parts of the hub that the feature needs. */
export interface NotificationsFeatureParts {
  readonly notifications: Notifications
  readonly push: InboxPush
  readonly recent: RecentDeliveries
  readonly sweeps: NotificationSweeps
  readonly worker: DeliveryWorker
  readonly connections: Connections
  readonly limits: Pick<Limits, 'acknowledgements' | 'guests'>
}

/** Joins the inboxes of users to their connections. */
export class NotificationsFeature implements Feature {
  readonly channel = INBOX_CHANNEL
  readonly frames: { readonly ack: FrameHandler<'ack'> } = {
    ack: async (connection, { notifications: ids }) => {
      const { principal } = connection
      const { notifications, push, recent, limits } = this.#parts
      const refusal = limits.acknowledgements.take(limits.guests.accountOf(connection), ids.length)
      if (refusal) return refusal
      const noted = await notifications.acknowledge(principal.userId, ids)
      if (!noted.ok) return noted
      recent.note(principal.userId, connection, ids as NotificationId[])
      push.acknowledged(connection, ids as NotificationId[])
      return done
    },
  }
  readonly #parts: NotificationsFeatureParts

  constructor(parts: NotificationsFeatureParts) {
    this.#parts = parts
  }

  async onStart(): Promise<void> {
    this.#parts.sweeps.start()
    this.#parts.worker.start()
  }

  onIdentified(connection: UserConnection): void {
    const { principal } = connection
    // An anonymous user is gone for good with the page, so nothing waits for one.
    if (!principal.isAnonymous) void this.#parts.push.begin(connection, principal.userId)
  }

  onEnded(connection: Connection): void {
    const { push, recent, connections } = this.#parts
    push.end(connection)
    const userId = connection.principal?.userId
    if (userId !== undefined && connections.of(userId).size === 0) recent.forget(userId)
  }

  onRecord(record: EventRecord): void {
    const signal = decodeSignal(record)
    if (signal) this.#parts.push.apply(signal)
  }

  async onClose(): Promise<void> {
    const { sweeps, worker } = this.#parts
    await Promise.all([sweeps.stop(), worker.stop()])
  }
}
