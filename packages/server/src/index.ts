export { RealtimeError, TopicMatcher, tenantChannel, userChannel } from '@coterie/protocol'
export type { PublicKeyText } from './auth/token-key.ts'
export { ConfigError } from './config/check-config.ts'
export type { ResolvedConfig } from './config/config.ts'
export type { ChannelOptions, HubConfig } from './config/hub-config.ts'
export type {
  AccessFunction,
  ChannelDefinition,
  PublishRule,
  SubscribeRule,
} from './core/definitions.ts'
export type { HubFigures } from './core/figures.ts'
export type { Health } from './core/hub-lifecycle.ts'
export type { Published, PublishOptions, RealtimeEvent } from './core/server-publisher.ts'
export { createHub, type Hub, type ListenOptions } from './create-hub.ts'
export { describeStartFailure } from './describe-start-failure.ts'
export { ConnectionId, EventId, NotificationId, SubscriptionId, UserId } from './entity-ids.ts'
export { Connection, type ConnectionFields } from './features/connections/connection.ts'
export type {
  ConnectionService,
  SseService,
  WebSocketService,
} from './features/connections/connection-service.ts'
export { Event, type EventFields } from './features/connections/event.ts'
export { Message, type MessageFields } from './features/connections/message.ts'
export {
  type BridgeOutput,
  type BridgeRoomOptions,
  bridgeRoom,
  type RoomBridge,
} from './features/ephemeral/bridge-room.ts'
export {
  createEphemeralEvent,
  type NewEphemeralEvent,
} from './features/ephemeral/create-ephemeral-event.ts'
export { describeNotification, Notification } from './features/notifications/notification.ts'
export type { NotificationFields } from './features/notifications/notification-fields.ts'
export type { NotificationService } from './features/notifications/notification-service.ts'
export type { AllowAddress } from './features/notifications/user-addresses.ts'
export {
  type DescribedEvent,
  describeSubscription,
  Subscription,
  type SubscriptionResource,
} from './features/subscriptions/subscription.ts'
export type { SubscriptionFields } from './features/subscriptions/subscription-fields.ts'
export type { SubscriptionService } from './features/subscriptions/subscription-service.ts'
export type {
  IncomingMessage,
  MessageAnswer,
  MessageHandler,
} from './features/triggers/client-messages.ts'
export type { RegisterTrigger } from './features/triggers/register-trigger.ts'
export type { FiguresByTrigger } from './features/triggers/registered-trigger.ts'
export type * from './features/triggers/trigger.ts'
export type { TriggerFigures } from './features/triggers/trigger-figures.ts'
export { RealtimeHub } from './hub.ts'
export type { HubOptions } from './hub-options.ts'
export {
  ChannelManager,
  type ChannelManagerOptions,
  type ChannelStats,
  type CreateChannelOptions,
} from './local/channel-manager.ts'
export {
  decodeEphemeralEvent,
  type EphemeralEventJson,
  encodeEphemeralEvent,
  ephemeralEventFromJson,
  ephemeralEventToJson,
} from './local/ephemeral-event.ts'
export type { HeartbeatConfig } from './local/heartbeat-config.ts'
export type { HeartbeatCallback, HeartbeatLoop } from './local/heartbeat-loop.ts'
export { HeartbeatMonitor, type HeartbeatStats } from './local/heartbeat-monitor.ts'
export { InMemoryRealtime } from './local/in-memory-realtime.ts'
export type { LocalChannelOptions } from './local/local-hub.ts'
export {
  type PresenceDict,
  type PresenceDiff,
  type PresenceInfo,
  type PresenceMetadata,
  PresenceTracker,
} from './local/presence-tracker.ts'
export {
  BackpressurePolicy,
  type BroadcastConfig,
  type BroadcastStats,
  RealtimeBroadcast,
} from './local/realtime-broadcast.ts'
export { RoomManager } from './local/room-manager.ts'
export { formatSseEvent, KEEPALIVE_COMMENT, type SseEvent } from './local/sse-event.ts'
export { Subscriber, type SubscriberOptions } from './local/subscriber.ts'
export {
  ConnectionState,
  EphemeralEventType,
  EventPriority,
  MessageType,
  NotificationPriority,
  NotificationStatus,
  NotificationType,
  SubscriptionStatus,
  SubscriptionType,
} from './named-values.ts'
export type { Authenticator } from './ports/authenticator.ts'
export type { Clock } from './ports/clock.ts'
export type { Durability } from './ports/durability.ts'
export { type Logger, silentLogger } from './ports/logger.ts'
export type { PasswordHasher } from './ports/password-hasher.ts'
export type { Action, Grant, Principal } from './ports/principal.ts'
export type { Random } from './ports/random.ts'
export type * from './ports/realtime-backend.ts'
export {
  type ReceivedWebhook,
  type VerifiedWebhook,
  verifyWebhook,
} from './routes/webhook/verify-webhook.ts'
export { createWebhookSender, type WebhookSenderOptions } from './routes/webhook/webhook-sender.ts'
export { stopOnSignals } from './stop-on-signals.ts'
export { createMemoryEngine, type MemoryEngineOptions } from './storage/create-memory-engine.ts'
export { createSqliteEngine, type SqliteEngineOptions } from './storage/create-sqlite-engine.ts'
export type { StorageOptions } from './storage/storage-options.ts'
export { createSqliteStore, type SqliteStoreOptions } from './stores/sqlite/sqlite-store.ts'
