import { describeSubscription } from '../features/subscriptions/subscription.ts'
import type { SubscriptionService } from '../features/subscriptions/subscription-service.ts'
import { requiredUser } from './caller.ts'
import {
  addSubscriptionLabel,
  deleteSubscription,
  getSubscription,
  listSubscriptions,
  updateSubscriptionStatus,
} from './contracts/subscriptions.ts'
import { linkNextPage } from './next-page.ts'
import { PAGE_BYTES, type RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** Lets users, and the application for them, manage stored subscriptions. */
export function serveSubscriptions(router: RestRouter, subscriptions: SubscriptionService): void {
  router.serve(
    listSubscriptions,
    async (context) => {
      const { user_id, page, page_size: pageSize, cursor, ...rest } = context.req.valid('query')
      const caller = context.get('caller')
      const userId = requiredUser(caller, user_id)
      const query = { ...rest, userId, page, pageSize, cursor }
      const { items, nextCursor } = unwrap(await subscriptions.list(query, caller.principal))
      if (nextCursor !== undefined) linkNextPage(context, { cursor: nextCursor })
      return context.json(items.map(describeSubscription), 200)
    },
    { answerBytes: PAGE_BYTES },
  )

  router.serve(getSubscription, async (context) => {
    const { id } = context.req.valid('param')
    const found = await subscriptions.find(id, context.get('caller').principal)
    return context.json(describeSubscription(unwrap(found)), 200)
  })

  router.serve(updateSubscriptionStatus, async (context) => {
    const { id } = context.req.valid('param')
    const { status } = context.req.valid('json')
    const updated = await subscriptions.updateStatus(id, status, context.get('caller').principal)
    return context.json(describeSubscription(unwrap(updated)), 200)
  })

  router.serve(addSubscriptionLabel, async (context) => {
    const { id } = context.req.valid('param')
    const { label } = context.req.valid('json')
    const labelled = await subscriptions.addLabel(id, label, context.get('caller').principal)
    return context.json(describeSubscription(unwrap(labelled)), 200)
  })

  router.serve(deleteSubscription, async (context) => {
    const { id } = context.req.valid('param')
    unwrap(await subscriptions.delete(id, context.get('caller').principal))
    return context.body(null, 204)
  })
}
