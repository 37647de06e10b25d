import type * as protocol from '@coterie/protocol'
import type * as states from './core/connection-state.ts'
import type * as connections from './features/connections/connection-service.ts'
import type * as messages from './features/connections/message.ts'
import type * as subscriptions from './ports/subscription-repository.ts'

/** Each value by its name in capitals. A value that is missing does not compile. */
type Named<Word extends string> = { readonly [Each in Word as Uppercase<Each>]: Each }

/** Where a connection is in its life. */
export type ConnectionState = states.ConnectionState
/** The values of `ConnectionState`, by their names. */
export const ConnectionState = {
  INITIALIZING: 'initializing',
  CONNECTING: 'connecting',
  CONNECTED: 'connected',
  AUTHENTICATING: 'authenticating',
  AUTHENTICATED: 'authenticated',
  DISCONNECTING: 'disconnecting',
  DISCONNECTED: 'disconnected',
  ERROR: 'error',
} as const satisfies Named<ConnectionState>

/** What an ephemeral event is about. */
export type EphemeralEventType = protocol.EphemeralEventType
/** The values of `EphemeralEventType`, by their names. */
export const EphemeralEventType = {
  TYPING_START: 'typing_start',
  TYPING_STOP: 'typing_stop',
  PRESENCE_ONLINE: 'presence_online',
  PRESENCE_AWAY: 'presence_away',
  PRESENCE_OFFLINE: 'presence_offline',
  READ_RECEIPT: 'read_receipt',
  REACTION: 'reaction',
  CUSTOM: 'custom',
} as const satisfies Named<EphemeralEventType>

/** How urgent an event on streams is. */
export type EventPriority = connections.EventPriority
/** The values of `EventPriority`, by their names. */
export const EventPriority = {
  LOW: 'low',
  NORMAL: 'normal',
  HIGH: 'high',
  URGENT: 'urgent',
} as const satisfies Named<EventPriority>

/** A type of messages that the hub knows; applications may have others. */
export type MessageType = messages.MessageType
/** The values of `MessageType`, by their names. */
export const MessageType = {
  TEXT: 'text',
  SYSTEM: 'system',
} as const satisfies Named<MessageType>

/** What a notification is about. */
export type NotificationType = protocol.NotificationType
/** The values of `NotificationType`, by their names. */
export const NotificationType = {
  SYSTEM: 'system',
  MESSAGE: 'message',
  MENTION: 'mention',
  COMMENT: 'comment',
  UPDATE: 'update',
  NEW_CONTENT: 'new_content',
  TASK: 'task',
  REMINDER: 'reminder',
  DEADLINE: 'deadline',
  WARNING: 'warning',
  ERROR: 'error',
  SECURITY: 'security',
  MAINTENANCE: 'maintenance',
} as const satisfies Named<NotificationType>

/** How urgent a notification is. */
export type NotificationPriority = protocol.NotificationPriority
/** The values of `NotificationPriority`, by their names. */
export const NotificationPriority = {
  LOW: 'low',
  NORMAL: 'normal',
  HIGH: 'high',
  URGENT: 'urgent',
  EMERGENCY: 'emergency',
} as const satisfies Named<NotificationPriority>

/** How far a notification has come. */
export type NotificationStatus = protocol.NotificationStatus
/** The values of `NotificationStatus`, by their names. */
export const NotificationStatus = {
  PENDING: 'pending',
  DELIVERED: 'delivered',
  READ: 'read',
  FAILED: 'failed',
  EXPIRED: 'expired',
  CANCELED: 'canceled',
} as const satisfies Named<NotificationStatus>

/** What a stored subscription is interested in. */
export type SubscriptionType = subscriptions.SubscriptionType
/** The values of `SubscriptionType`, by their names. */
export const SubscriptionType = {
  RESOURCE: 'resource',
  RESOURCE_TYPE: 'resource_type',
  TOPIC: 'topic',
  QUERY: 'query',
} as const satisfies Named<SubscriptionType>

/** Whether a stored subscription routes events. */
export type SubscriptionStatus = subscriptions.SubscriptionStatus
/** The values of `SubscriptionStatus`, by their names. */
export const SubscriptionStatus = {
  ACTIVE: 'active',
  PAUSED: 'paused',
  EXPIRED: 'expired',
  INACTIVE: 'inactive',
} as const satisfies Named<SubscriptionStatus>
