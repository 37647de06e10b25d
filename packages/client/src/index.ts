export {
  type ChannelEvent,
  type EphemeralEventType,
  type EphemeralFrame,
  type EventSender,
  type GapFrame,
  type HistoryReply,
  type Jsonable,
  type JsonLike,
  type JsonObjectLike,
  type JsonValue,
  type NotificationAction,
  type NotificationPayload,
  type NotificationPriority,
  type NotificationType,
  type PresenceAppearance,
  type PresenceEntry,
  type PresenceStatus,
  type PublishReply,
  type ReaderMark,
  type ReadReceiptData,
  RealtimeError,
  type RecoveryFailure,
  tenantChannel,
  userChannel,
} from '@coterie/protocol'
export type { IdentityStorage } from './anonymous-identity.ts'
export type {
  AnyEventOf,
  Channel,
  ChannelOptions,
  ChannelUse,
  HistoryQuery,
  PublishOptions,
} from './channel.ts'
export type { ChannelReset } from './channel-events.ts'
export type { ChannelFrame } from './channel-frame.ts'
export type { Client, UserFrame } from './client.ts'
export type { ClientOptions } from './client-options.ts'
export type { ClientStatus } from './connection-phase.ts'
export { createClient } from './create-client.ts'
export type {
  ClientClock,
  ClientEnvironment,
  FetchRequest,
  FetchResponse,
  SocketLike,
} from './environment.ts'
export type { RealtimeMessage } from './hooks/realtime-message.ts'
export type { RoomEntry, RoomStay, SharedRoom } from './hooks/shared-room.ts'
export {
  type Broadcast,
  type RoomBroadcast,
  type UseBroadcastOptions,
  useBroadcast,
} from './hooks/use-broadcast.ts'
export {
  type CursorPosition,
  type CursorState,
  type RoomCursors,
  type UseCursorsOptions,
  useCursors,
} from './hooks/use-cursors.ts'
export { type UseInboxOptions, type UserInbox, useInbox } from './hooks/use-inbox.ts'
export {
  type PresenceState,
  type RoomPresence,
  type UsePresenceOptions,
  usePresence,
} from './hooks/use-presence.ts'
export {
  type Room,
  type RoomMembership,
  type UseRoomOptions,
  useRoom,
} from './hooks/use-room.ts'
export {
  type RoomState,
  type UseSharedStateOptions,
  useSharedState,
} from './hooks/use-shared-state.ts'
export type { Profile, User } from './hooks/user.ts'
export {
  type ConnectionStatus,
  type MessageHandler,
  WebSocketClient,
} from './hooks/web-socket-client.ts'
export type { ConnectionClosed, WebSocketClientOptions } from './hooks/web-socket-client-options.ts'
export { createInbox } from './inbox/create-inbox.ts'
export type { Inbox, InboxOptions, MarkAllReadOptions } from './inbox/inbox.ts'
export type { InboxItem } from './inbox/inbox-item.ts'
export type { RoomDescription } from './join-reply.ts'
export type { ChannelStatus } from './membership.ts'
export type { Appearance, Presence, PresenceOption } from './presence.ts'
export { createSignal, deriveSignal, type Signal, type WritableSignal } from './signal.ts'
export {
  createSharedDocument,
  type ListName,
  type SharedDocument,
} from './state/shared-document.ts'
export { createSharedList, type SharedList } from './state/shared-list.ts'
export type { SharedState, StateChange } from './state/shared-state.ts'
export type { TokenContext, TokenSource } from './token.ts'
export type { TransportName } from './transport-choice.ts'
export type { Typing } from './typing.ts'
export { typingText } from './typing-text.ts'
