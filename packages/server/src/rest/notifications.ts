import { isoTime } from '../core/iso-time.ts'
import { describeNotification } from '../features/notifications/notification.ts'
import type { NotificationService } from '../features/notifications/notification-service.ts'
import type { RecipientState } from '../ports/notification-repository.ts'
import { requiredUser } from './caller.ts'
import {
  cancelNotification,
  countUnread,
  countUnreadOf,
  createNotification,
  getNotification,
  listNotifications,
  listRecipients,
  markAllNotificationsRead,
  markNotificationRead,
} from './contracts/notifications.ts'
import { linkNextPage } from './next-page.ts'
import { PAGE_BYTES, type RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** Enough for 10,000 recipients. */
const MAX_BODY_BYTES = 1_048_576

/** Lets an application notify users, and users manage their notifications. */
export function serveNotifications(router: RestRouter, notifications: NotificationService): void {
  router.serve(
    createNotification,
    async (context) => {
      const body = context.req.valid('json')
      const created = await notifications.create({
        title: body.title,
        message: body.message,
        recipients: body.recipients,
        type: body.type,
        priority: body.priority,
        senderId: body.sender_id,
        resourceType: body.resource_type,
        resourceId: body.resource_id,
        actions: body.actions,
        metadata: body.metadata,
        channels: body.channels,
        evenIfRead: body.even_if_read,
        expiresAtMs: body.expires_at,
        idempotencyKey: context.req.valid('header')['Idempotency-Key'],
      })
      return context.json(describeNotification(unwrap(created)), 201)
    },
    { maxBodyBytes: MAX_BODY_BYTES },
  )

  router.serve(cancelNotification, async (context) => {
    const { id } = context.req.valid('param')
    return context.json(describeNotification(unwrap(await notifications.cancel(id))), 200)
  })
  serveReading(router, notifications)
  serveMarking(router, notifications)
}

function serveReading(router: RestRouter, notifications: NotificationService): void {
  router.serve(
    listNotifications,
    async (context) => {
      const {
        user_id,
        unread,
        page,
        page_size: pageSize,
        cursor,
        ...rest
      } = context.req.valid('query')
      const caller = context.get('caller')
      const listed = await notifications.list({
        ...rest,
        userId: requiredUser(caller, user_id),
        isUnread: unread,
        page,
        pageSize,
        cursor,
        recipients: caller.principal ? 'own' : 'all',
      })
      const { items, nextCursor } = unwrap(listed)
      if (nextCursor !== undefined) linkNextPage(context, { cursor: nextCursor })
      return context.json(items.map(describeNotification), 200)
    },
    { answerBytes: PAGE_BYTES },
  )

  router.serve(countUnread, async (context) => {
    const userId = requiredUser(context.get('caller'), context.req.valid('query').user_id)
    return context.json(unwrap(await notifications.unreadCount(userId)), 200)
  })

  router.serve(countUnreadOf, async (context) => {
    const userId = requiredUser(context.get('caller'), context.req.valid('param').user_id)
    return context.json(unwrap(await notifications.unreadCount(userId)), 200)
  })

  // Registered after the literal path, which would otherwise match as an id.
  router.serve(getNotification, async (context) => {
    const { id } = context.req.valid('param')
    const found = await notifications.find(id, context.get('caller').principal?.userId)
    return context.json(describeNotification(unwrap(found)), 200)
  })

  router.serve(listRecipients, async (context) => {
    const { id } = context.req.valid('param')
    const { limit: pageSize, after: cursor } = context.req.valid('query')
    const listed = await notifications.recipients(id, { pageSize, cursor })
    const { items, nextCursor } = unwrap(listed)
    if (nextCursor !== undefined) linkNextPage(context, { after: nextCursor })
    return context.json(items.map(describeRecipient), 200)
  })
}

function serveMarking(router: RestRouter, notifications: NotificationService): void {
  router.serve(markNotificationRead, async (context) => {
    const { id } = context.req.valid('param')
    const caller = context.get('caller')
    const userId = requiredUser(caller, context.req.valid('query').user_id)
    // Only the application learns the other recipients.
    const marked = await notifications.markRead(id, userId, caller.principal ? 'own' : 'all')
    return context.json(describeNotification(unwrap(marked)), 200)
  })

  router.serve(markAllNotificationsRead, async (context) => {
    const { user_id, up_to: upTo } = context.req.valid('query')
    const userId = requiredUser(context.get('caller'), user_id)
    const marked = unwrap(await notifications.markAllRead(userId, { upTo }))
    return context.json({ marked }, 200)
  })
}

function describeRecipient({ userId, status, deliveredAtMs, readAtMs }: RecipientState) {
  const timeOf = (ms: number | null) => (ms === null ? null : isoTime(ms))
  return {
    user_id: userId,
    status,
    delivered_at: timeOf(deliveredAtMs),
    read_at: timeOf(readAtMs),
  }
}
