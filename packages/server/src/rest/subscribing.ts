import { describeSubscription } from '../features/subscriptions/subscription.ts'
import type { SubscriptionRequest } from '../features/subscriptions/subscription-request.ts'
import type { SubscriptionService } from '../features/subscriptions/subscription-service.ts'
import { type Caller, namedUser } from './caller.ts'
import {
  createQuerySubscription,
  createResourceSubscription,
  createResourceTypeSubscription,
  createTopicSubscription,
} from './contracts/subscriptions.ts'
import { unprocessable } from './invalid-request.ts'
import type { RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

interface CreationBody {
  readonly user_id?: string | undefined
  readonly labels?: readonly string[] | undefined
  readonly metadata?: SubscriptionRequest['metadata']
  readonly expires_at?: number | null | undefined
  readonly payload_filter?: SubscriptionRequest['payloadFilter']
}

/** Lets users, and the application for them, create stored subscriptions. */
export function serveSubscribing(router: RestRouter, subscriptions: SubscriptionService): void {
  router.serve(createResourceSubscription, async (context) => {
    const body = context.req.valid('json')
    const caller = context.get('caller')
    const created = await subscriptions.createResourceSubscription(
      {
        ...readRequest(caller, body, context.req.valid('header')),
        resourceId: body.resource_id,
        resourceType: body.resource_type,
      },
      caller.principal,
    )
    return context.json(describeSubscription(unwrap(created)), 201)
  })

  router.serve(createResourceTypeSubscription, async (context) => {
    const body = context.req.valid('json')
    const caller = context.get('caller')
    const request = readRequest(caller, body, context.req.valid('header'))
    const created = await subscriptions.createResourceTypeSubscription(
      { ...request, resourceType: body.resource_type },
      caller.principal,
    )
    return context.json(describeSubscription(unwrap(created)), 201)
  })

  router.serve(createTopicSubscription, async (context) => {
    const body = context.req.valid('json')
    const caller = context.get('caller')
    const request = readRequest(caller, body, context.req.valid('header'))
    const created = await subscriptions.createTopicSubscription(
      { ...request, topic: body.topic },
      caller.principal,
    )
    return context.json(describeSubscription(unwrap(created)), 201)
  })

  router.serve(createQuerySubscription, async (context) => {
    const body = context.req.valid('json')
    const { query, topic, resource_type: resourceType } = body
    const caller = context.get('caller')
    const request = readRequest(caller, body, context.req.valid('header'))
    const created = await subscriptions.createQuerySubscription(
      { ...request, query, topic, resourceType },
      caller.principal,
    )
    return context.json(describeSubscription(unwrap(created)), 201)
  })
}

function readRequest(
  caller: Caller,
  body: CreationBody,
  headers: { readonly 'Idempotency-Key'?: string | undefined },
): SubscriptionRequest {
  const userId = namedUser(caller, body.user_id)
  if (userId === undefined) throw unprocessable('user_id', 'required with a server key')
  return {
    userId,
    labels: body.labels,
    metadata: body.metadata,
    expiresAtMs: body.expires_at,
    payloadFilter: body.payload_filter,
    idempotencyKey: headers['Idempotency-Key'],
  }
}
