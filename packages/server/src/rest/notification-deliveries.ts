import type { UserId } from '@coterie/protocol'
import { isoTime } from '../core/iso-time.ts'
import type { NotificationService } from '../features/notifications/notification-service.ts'
import type { StoredDelivery } from '../ports/delivery-repository.ts'
import { listDeliveries, retryDelivery } from './contracts/notification-deliveries.ts'
import { linkNextPage } from './next-page.ts'
import type { RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** Lets an operator view failed deliveries and retry them. */
export function serveNotificationDeliveries(
  router: RestRouter,
  notifications: Pick<NotificationService, 'deliveries' | 'retryDelivery'>,
): void {
  router.serve(listDeliveries, async (context) => {
    const { user_id: userId, ...query } = context.req.valid('query')
    const listed = await notifications.deliveries({ ...query, userId: userId as UserId })
    const deliveries = unwrap(listed)
    const last = deliveries.length === query.limit ? deliveries.at(-1) : undefined
    if (last) linkNextPage(context, { before: String(last.id) })
    return context.json(deliveries.map(describeDelivery), 200)
  })

  router.serve(retryDelivery, async (context) => {
    const { id } = context.req.valid('param')
    return context.json(describeDelivery(unwrap(await notifications.retryDelivery(id))), 200)
  })
}

function describeDelivery(delivery: StoredDelivery) {
  const { id, route, target, status, attempts } = delivery
  return {
    id,
    notification_id: delivery.notificationId,
    user_id: delivery.userId,
    route,
    target,
    status,
    attempts,
    due_at: isoTime(delivery.dueAtMs),
    created_at: isoTime(delivery.createdAtMs),
    last_error: delivery.lastError,
  }
}
