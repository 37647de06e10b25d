import {
  type ConnectionId as BrandedConnectionId,
  type EventId as BrandedEventId,
  type NotificationId as BrandedNotificationId,
  type SubscriptionId as BrandedSubscriptionId,
  type UserId as BrandedUserId,
  RealtimeError,
} from '@coterie/protocol'
import { textProblem } from './core/text-problem.ts'

const MAX_ID_CHARACTERS = 200

/** Names one socket, stream or in-process subscriber. Not a credential. */
export type ConnectionId = BrandedConnectionId
/** Names one published event. */
export type EventId = BrandedEventId
/** Names one notification. */
export type NotificationId = BrandedNotificationId
/** Names one stored subscription. */
export type SubscriptionId = BrandedSubscriptionId
/** Names a user. */
export type UserId = BrandedUserId

/** Checks a text and returns it as a connection id. @throws {RealtimeError} `invalid_payload` */
export const ConnectionId = idOf<ConnectionId>('ConnectionId')
/** Checks a text and returns it as an event id. @throws {RealtimeError} `invalid_payload` */
export const EventId = idOf<EventId>('EventId')
/** Checks a text and returns it as a notification id. @throws {RealtimeError} `invalid_payload` */
export const NotificationId = idOf<NotificationId>('NotificationId')
/** Checks a text and returns it as a subscription id. @throws {RealtimeError} `invalid_payload` */
export const SubscriptionId = idOf<SubscriptionId>('SubscriptionId')
/** Checks a text and returns it as a user id. @throws {RealtimeError} `invalid_payload` */
export const UserId = idOf<UserId>('UserId')

function idOf<Id extends string>(name: string): (text: string) => Id {
  return (text) => {
    const problem = textProblem(text, 1, MAX_ID_CHARACTERS)
    if (problem === undefined) return text as Id
    throw new RealtimeError('invalid_payload', `${name}: ${problem}`)
  }
}
