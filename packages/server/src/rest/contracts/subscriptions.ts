import { z } from '@hono/zod-openapi'
import { jsonAnswer, jsonBody, LINK_HEADER, NO_CONTENT } from './content.ts'
import {
  aboutUser,
  aboutUserWithin,
  idempotencyHeaders,
  jsonObject,
  nullableJsonObject,
  paging,
  pathId,
  timeInput,
} from './fields.ts'
import { ANY_CALLER, operation } from './operation.ts'
import {
  SUBSCRIPTION_EXAMPLE,
  subscriptionResource,
  subscriptionStatus,
  subscriptionType,
} from './subscription-resource.ts'

const MAX_USER_ID_CHARACTERS = 200

const ofSubscriptions = { tags: ['Subscriptions'], security: ANY_CALLER }
const params = z.object({ id: pathId.openapi({ example: 'subscription-123' }) })
const answer = jsonAnswer('The subscription.', subscriptionResource, SUBSCRIPTION_EXAMPLE)
const name = z.string().min(1).max(200)
const label = z
  .string()
  .min(1)
  .max(100)
  .refine((text) => !/\p{Cc}/u.test(text), 'expected no control character')

const common = {
  user_id: aboutUserWithin(MAX_USER_ID_CHARACTERS),
  labels: z.array(label).max(20).optional(),
  metadata: jsonObject.optional().openapi({
    description:
      '`notification_channel` asks for a notification by that route for each event; ' +
      '`notify_own: true` includes the events of the user themselves.',
  }),
  expires_at: timeInput.nullish(),
  payload_filter: nullableJsonObject
    .optional()
    .openapi({ description: "A filter of the event's payload." }),
}
const EXAMPLE_REQUEST = {
  user_id: 'user-456',
  labels: ['important', 'post-updates'],
  metadata: { notification_channel: 'email' },
  expires_at: '2099-05-16T10:30:00Z',
}

function creation<Path extends string, Fields extends z.core.$ZodLooseShape>(
  operationId: string,
  path: Path,
  summary: string,
  description: string,
  fields: Fields,
  example: object,
) {
  return operation({
    operationId,
    ...ofSubscriptions,
    method: 'post',
    path,
    summary,
    description,
    request: {
      headers: idempotencyHeaders,
      body: jsonBody(z.strictObject({ ...common, ...fields }), { ...EXAMPLE_REQUEST, ...example }),
    },
    responses: { 201: answer },
    refusals: [409, 429],
  })
}

/** The contract of `POST /subscriptions/resource`. */
export const createResourceSubscription = creation(
  'createResourceSubscription',
  '/subscriptions/resource',
  'Subscribe to one resource',
  'Events from `POST /resource-events` about the resource go to every device of the user.',
  { resource_id: name, resource_type: name },
  { resource_id: 'post-789', resource_type: 'post' },
)

/** The contract of `POST /subscriptions/resource-type`. */
export const createResourceTypeSubscription = creation(
  'createResourceTypeSubscription',
  '/subscriptions/resource-type',
  'Subscribe to all resources of a type',
  'Events from `POST /resource-events` about any of them go to every device of the user.',
  { resource_type: name },
  { resource_type: 'post' },
)

/** The contract of `POST /subscriptions/topic`. */
export const createTopicSubscription = creation(
  'createTopicSubscription',
  '/subscriptions/topic',
  'Subscribe to a topic',
  'Events in the channel, or in channels of the pattern, go to every device of the user.',
  { topic: name.openapi({ description: 'A channel, or a pattern.' }) },
  {
    topic: 'new-posts',
    labels: ['news', 'updates'],
    metadata: { notification_channel: 'in-app' },
    payload_filter: { category: 'tech' },
  },
)

/** The contract of `POST /subscriptions/query`. */
export const createQuerySubscription = creation(
  'createQuerySubscription',
  '/subscriptions/query',
  'Subscribe to events that match a filter',
  'The filter tests every event of the topic or the resource type, or those of all resources.',
  {
    query: jsonObject.openapi({
      description: 'A filter over `{channel, event, action, resource_type, resource_id, payload}`.',
    }),
    resource_type: name.optional(),
    topic: name.optional(),
  },
  { query: { 'payload.priority': { $gte: 3 } }, resource_type: 'ticket' },
)

/** The contract of `GET /subscriptions`. */
export const listSubscriptions = operation({
  operationId: 'listSubscriptions',
  ...ofSubscriptions,
  method: 'get',
  path: '/subscriptions',
  summary: 'List subscriptions of a user',
  description: 'Newest first.',
  request: {
    query: z.object({
      user_id: aboutUser,
      status: subscriptionStatus.optional(),
      type: subscriptionType.optional(),
      label: label.optional(),
      ...paging,
    }),
  },
  responses: {
    200: {
      ...jsonAnswer('A page of them.', z.array(subscriptionResource), [SUBSCRIPTION_EXAMPLE]),
      headers: LINK_HEADER,
    },
  },
})

/** The contract of `GET /subscriptions/{id}`. */
export const getSubscription = operation({
  operationId: 'getSubscription',
  ...ofSubscriptions,
  method: 'get',
  path: '/subscriptions/{id}',
  summary: 'Get a subscription',
  description: 'A user gets their own; the application any.',
  request: { params },
  responses: { 200: answer },
  refusals: [404],
})

/** The contract of `PATCH /subscriptions/{id}/status`. */
export const updateSubscriptionStatus = operation({
  operationId: 'updateSubscriptionStatus',
  ...ofSubscriptions,
  method: 'patch',
  path: '/subscriptions/{id}/status',
  summary: 'Pause, resume or end a subscription',
  description: 'It takes effect at once.',
  request: {
    params,
    body: jsonBody(z.strictObject({ status: subscriptionStatus }), { status: 'paused' }),
  },
  responses: {
    200: jsonAnswer('The subscription as it is now.', subscriptionResource, {
      ...SUBSCRIPTION_EXAMPLE,
      status: 'paused',
      updated_at: '2025-04-16T10:31:00.000Z',
    }),
  },
  refusals: [404, 409],
})

/** The contract of `POST /subscriptions/{id}/labels`. */
export const addSubscriptionLabel = operation({
  operationId: 'addSubscriptionLabel',
  ...ofSubscriptions,
  method: 'post',
  path: '/subscriptions/{id}/labels',
  summary: 'Add a label to a subscription',
  description: 'Repeating it changes nothing.',
  request: { params, body: jsonBody(z.strictObject({ label }), { label: 'important' }) },
  responses: { 200: answer },
  refusals: [404, 409, 429],
})

/** The contract of `DELETE /subscriptions/{id}`. */
export const deleteSubscription = operation({
  operationId: 'deleteSubscription',
  ...ofSubscriptions,
  method: 'delete',
  path: '/subscriptions/{id}',
  summary: 'Delete a subscription',
  description: 'It stops routing events.',
  request: { params },
  responses: { 204: NO_CONTENT },
  refusals: [404],
})
