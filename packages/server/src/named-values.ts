import type * as protocol from '@coterie/protocol'
import type * as states from './core/connection-state.ts'
import type * as connections from './features/connections/connection-service.ts'
import type * as messages from './features/connections/message.ts'
import type * as subscriptions from './ports/subscription-repository.ts'

/** Every value of a set of words, by its name in capitals: whatever is missing does not compile. */
type Named<Word extends string> = { readonly [Each in Word as Uppercase<Each>]: Each }

export type ConnectionState = states.ConnectionState
/** Where a connection is in its life. */
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

export type EphemeralEventType = protocol.EphemeralEventType
/** What an ephemeral event is about. */
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

export type EventPriority = connections.EventPriority
/** How pressing an event on streams is. */
export const EventPriority = {
  LOW: 'low',
  NORMAL: 'normal',
  HIGH: 'high',
  URGENT: 'urgent',
} as const satisfies Named<EventPriority>

export type MessageType = messages.MessageType
/** What messages mostly are; the application may have other words. */
export const MessageType = {
  TEXT: 'text',
  SYSTEM: 'system',
} as const satisfies Named<MessageType>

export type NotificationType = protocol.NotificationType
/** What a notification is about. */
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

export type NotificationPriority = protocol.NotificationPriority
/** How pressing a notification is. */
export const NotificationPriority = {
  LOW: 'low',
  NORMAL: 'normal',
  HIGH: 'high',
  URGENT: 'urgent',
  EMERGENCY: 'emergency',
} as const satisfies Named<NotificationPriority>

export type NotificationStatus = protocol.NotificationStatus
/** How far a notification has come. */
export const NotificationStatus = {
  PENDING: 'pending',
  DELIVERED: 'delivered',
  READ: 'read',
  FAILED: 'failed',
  EXPIRED: 'expired',
  CANCELED: 'canceled',
} as const satisfies Named<NotificationStatus>

export type SubscriptionType = subscriptions.SubscriptionType
/** What a stored subscription is interested in. */
export const SubscriptionType = {
  RESOURCE: 'resource',
  RESOURCE_TYPE: 'resource_type',
  TOPIC: 'topic',
  QUERY: 'query',
} as const satisfies Named<SubscriptionType>

export type SubscriptionStatus = subscriptions.SubscriptionStatus
/** Whether a stored subscription routes events. */
export const SubscriptionStatus = {
  ACTIVE: 'active',
  PAUSED: 'paused',
  EXPIRED: 'expired',
  INACTIVE: 'inactive',
} as const satisfies Named<SubscriptionStatus>
