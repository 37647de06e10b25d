import type { NotificationType, UserId } from '@coterie/protocol'
import type { Connections } from '../../core/connections.ts'
import type { Ids } from '../../core/ids.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClaimedDelivery } from '../../ports/delivery-repository.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import type { NotificationContent } from '../../ports/notification-repository.ts'
import type { NotificationSender } from '../../ports/notification-sender.ts'
import type { Random } from '../../ports/random.ts'
import type { Store } from '../../ports/store.ts'
import { DeliveryWorker } from './deliveries/delivery-worker.ts'
import { KeptDeliveries } from './deliveries/kept-deliveries.ts'
import { InboxPush } from './inbox-push.ts'
import { InboxSignals } from './inbox-signals.ts'
import { NotificationCreation } from './notification-creation.ts'
import { NotificationMarks } from './notification-marks.ts'
import { NotificationQueries } from './notification-queries.ts'
import { NotificationSweeps } from './notification-sweeps.ts'
import { Notifications } from './notifications.ts'
import { NotificationsFeature } from './notifications-feature.ts'
import { RecipientPlanner } from './planner.ts'
import { RecentDeliveries } from './recent-deliveries.ts'
import { UnreadCounts } from './unread-counts.ts'
import type { AllowAddress } from './user-addresses.ts'
import { UserPreferences } from './user-preferences.ts'
import { WaitingPlans } from './waiting-plans.ts'

/** The parts of the hub that notifications need. */
export interface CreateNotificationsParts {
  readonly store: Store
  readonly engine: Engine
  readonly connections: Connections
  readonly limits: Pick<Limits, 'acknowledgements' | 'guests' | 'pacedAnswers' | 'replans'>
  readonly senders: readonly NotificationSender[]
  readonly clock: Clock
  readonly random: Random
  readonly ids: Ids
  readonly logger: Logger
  /** Whether users may choose where they are notified. */
  readonly userAddresses: AllowAddress | boolean
  /** Types that are neither muted nor refused. */
  readonly criticalTypes: readonly NotificationType[]
  /** Notifications in app that a user keeps; 0 for any number. */
  readonly maxPerUser: number
  /** Notifications are deleted so long after they were made, in ms. */
  readonly retentionMs: number
  /** Resolves when store and engine are open. */
  readonly started: () => Promise<void>
}

/** Makes notifications: for the application, and for the connections of its users. */
export function createNotifications(parts: CreateNotificationsParts): {
  readonly service: Notifications
  readonly feature: NotificationsFeature
} {
  const { store, engine, connections, limits, senders, userAddresses, retentionMs } = parts
  const { clock, random, ids, logger, started } = parts
  const repository = store.notifications
  const signals = new InboxSignals({ engine, clock, ids, logger })
  const sweeps = new NotificationSweeps({ store, signals, clock, logger, retentionMs })
  const recent = new RecentDeliveries(clock)
  const counts = new UnreadCounts({ connections, repository, clock, logger })
  const planner = new RecipientPlanner({ senders, criticalTypes: parts.criticalTypes, clock })
  const mutes = async (userId: UserId) => {
    const stated = (await store.preferences.find([userId])).get(userId)
    return (content: NotificationContent) =>
      stated !== undefined && planner.isMuted(content, stated)
  }
  const push = new InboxPush({
    connections,
    limits,
    repository,
    counts,
    recent,
    clock,
    logger,
    mutes,
    started,
  })
  const waiting = new WaitingPlans({
    store,
    clock,
    planner,
    onDue: () => {
      sweeps.expect(clock.now())
      worker.wake()
    },
  })
  const worker = new DeliveryWorker({
    senders,
    clock,
    random,
    logger,
    ...settling(store, clock),
    review: (claimed) => waiting.review(claimed),
  })
  const queries = new NotificationQueries(repository, clock)
  const notifications = new Notifications({
    creation: new NotificationCreation({
      store,
      queries,
      signals,
      sweeps,
      worker,
      planner,
      waiting,
      maxPerUser: parts.maxPerUser,
      clock,
      ids,
    }),
    queries,
    marks: new NotificationMarks({ repository, queries, signals, clock }),
    preferences: new UserPreferences({ store, senders, userAddresses, waiting, limits }),
    deliveries: new KeptDeliveries(store.deliveries, worker, clock),
    started,
  })
  const feature = new NotificationsFeature({
    notifications,
    push,
    recent,
    sweeps,
    worker,
    connections,
    limits,
  })
  return { service: notifications, feature }
}

// What goes to an inbox too is delivered when a device says so, whatever a mail server took.
function settling({ deliveries, notifications }: Store, clock: Clock) {
  const isInApp = async ({ notificationId, userId }: ClaimedDelivery): Promise<boolean> => {
    const stored = await notifications.find(notificationId, clock.now(), userId)
    return stored?.recipients[0]?.isInApp ?? true
  }
  return {
    deliveries,
    async onDone(delivery: ClaimedDelivery): Promise<void> {
      if (await isInApp(delivery)) return
      const { userId, notificationId } = delivery
      await notifications.markDelivered(userId, [notificationId], clock.now())
    },
    async onDead(delivery: ClaimedDelivery): Promise<void> {
      if (await isInApp(delivery)) return
      await notifications.markFailed(delivery.userId, delivery.notificationId)
    },
  }
}
