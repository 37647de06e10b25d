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

export type ConnectionId = BrandedConnectionId
export type EventId = BrandedEventId
export type NotificationId = BrandedNotificationId
export type SubscriptionId = BrandedSubscriptionId
export type UserId = BrandedUserId

/** Takes a text for the id of a connection. @throws {RealtimeError} `invalid_payload` */
export const ConnectionId = idOf<ConnectionId>('ConnectionId')
/** Takes a text for the id of an event. @throws {RealtimeError} `invalid_payload` */
export const EventId = idOf<EventId>('EventId')
/** Takes a text for the id of a notification. @throws {RealtimeError} `invalid_payload` */
export const NotificationId = idOf<NotificationId>('NotificationId')
/** Takes a text for the id of a subscription. @throws {RealtimeError} `invalid_payload` */
export const SubscriptionId = idOf<SubscriptionId>('SubscriptionId')
/** Takes a text for the id of a user. @throws {RealtimeError} `invalid_payload` */
export const UserId = idOf<UserId>('UserId')

function idOf<Id extends string>(name: string): (text: string) => Id {
  return (text) => {
    const problem = textProblem(text, 1, MAX_ID_CHARACTERS)
    if (problem === undefined) return text as Id
    throw new RealtimeError('invalid_payload', `${name}: ${problem}`)
  }
}
