import { z } from '@hono/zod-openapi'
import { jsonObject, nullableJsonObject, time } from './fields.ts'

/** One of the states of a stored subscription. */
export const subscriptionStatus = z.enum(['active', 'paused', 'expired', 'inactive'])
/** One of the types of stored subscriptions. */
export const subscriptionType = z.enum(['resource', 'resource_type', 'topic', 'query'])

/** A user's stored subscription; fields that its type does not use are null. */
export const subscriptionResource = z
  .object({
    id: z.string(),
    user_id: z.string(),
    type: subscriptionType,
    status: subscriptionStatus,
    created_at: time,
    updated_at: time,
    expires_at: time.nullable(),
    resource_id: z.string().nullable(),
    resource_type: z.string().nullable(),
    topic: z.string().nullable(),
    query: nullableJsonObject,
    labels: z.array(z.string()).readonly(),
    metadata: jsonObject,
    payload_filter: jsonObject.optional().openapi({ description: 'Only if it has one.' }),
  })
  .openapi('Subscription')

/** A stored subscription in an answer, for the API description. */
export const SUBSCRIPTION_EXAMPLE = {
  id: 'subscription-123',
  user_id: 'user-456',
  type: 'resource',
  status: 'active',
  created_at: '2025-04-16T10:30:00.000Z',
  updated_at: '2025-04-16T10:30:00.000Z',
  expires_at: '2099-05-16T10:30:00.000Z',
  resource_id: 'post-789',
  resource_type: 'post',
  topic: null,
  query: null,
  labels: ['important', 'post-updates'],
  metadata: { notification_channel: 'email' },
}
