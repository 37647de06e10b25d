/** `@coterie/server/services`: what the services of a hub take and return. */
export type { Page } from '../core/page.ts'
export type {
  ConnectionInfo,
  ConnectionQuery,
  ConnectionService,
  EventRecipients,
  ServerSentEvent,
  ServerSentEventRequest,
  SseService,
  WebSocketService,
} from '../features/connections/connection-service.ts'
export type { EphemeralEvents } from '../features/ephemeral/ephemeral-events.ts'
export type { ReadMark } from '../features/ephemeral/read-mark.ts'
export type {
  NotificationActionRequest,
  NotificationRequest,
} from '../features/notifications/notification-request.ts'
export type * from '../features/notifications/notification-service.ts'
export type { UpTo } from '../features/notifications/read-up-to.ts'
export type { Revocation, RevocationTarget } from '../features/revocation/revocation.ts'
export type {
  RevocationListQuery,
  RevocationPage,
  Revocations,
  RevokeOptions,
} from '../features/revocation/revocations.ts'
export type { Room, RoomBan, RoomMetadata, RoomSettings } from '../features/rooms/room.ts'
export type {
  BanOptions,
  KickOptions,
  RoomAdministration,
} from '../features/rooms/room-administration.ts'
export type {
  QuerySubscriptionRequest,
  ResourceSubscriptionRequest,
  ResourceTypeSubscriptionRequest,
  SubscriptionRequest,
  TopicSubscriptionRequest,
} from '../features/subscriptions/subscription-request.ts'
export type * from '../features/subscriptions/subscription-service.ts'
export type {
  DeadLetterListQuery,
  DeadLetters,
  ReplayedLetter,
} from '../features/triggers/durable/dead-letters.ts'
export type { DeliveryQuery, DeliveryStatus, StoredDelivery } from '../ports/delivery-repository.ts'
export type { RecipientState } from '../ports/notification-repository.ts'
export type { NotificationPreferences, QuietHours } from '../ports/preference-repository.ts'
export type { DeadLetter } from '../ports/trigger-repository.ts'
