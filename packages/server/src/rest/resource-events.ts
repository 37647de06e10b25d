import type { SubscriptionService } from '../features/subscriptions/subscription-service.ts'
import { createResourceEvent } from './contracts/resource-events.ts'
import type { RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** Lets an application report events, which notify interested users. */
export function serveResourceEvents(
  router: RestRouter,
  subscriptions: Pick<SubscriptionService, 'emit'>,
): void {
  router.serve(createResourceEvent, async (context) => {
    const { resource_type, resource_id, message_id, sender_id, ...body } = context.req.valid('json')
    const emitted = await subscriptions.emit({
      resourceType: resource_type,
      resourceId: resource_id,
      messageId: message_id,
      senderId: sender_id,
      ...body,
    })
    return context.json(unwrap(emitted), 200)
  })
}
