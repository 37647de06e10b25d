import type {
  ConnectionId as BrandedConnectionId,
  EventId as BrandedEventId,
  NotificationId as BrandedNotificationId,
  SubscriptionId as BrandedSubscriptionId,
  UserId as BrandedUserId,
} from '@coterie/protocol'
import { requireIdText } from './core/id-text.ts'

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
  return (text) => requireIdText(name, text) as Id
}
