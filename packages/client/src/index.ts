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
export type {
  AnyEventOf,
  Channel,
  ChannelOptions,
  ChannelUse,
  HistoryQuery,
  PublishOptions,
} from './channel/channel.ts'
export type { ChannelReset } from './channel/channel-events.ts'
export type { ChannelFrame } from './channel/channel-frame.ts'
export type { RoomDescription } from './channel/join-reply.ts'
export type { ChannelStatus } from './channel/membership.ts'
export type { Client, UserFrame } from './client/client.ts'
export { createClient } from './client/create-client.ts'
export type { IdentityStorage } from './connection/anonymous-identity.ts'
export type { ClientOptions } from './connection/client-options.ts'
export type { ClientStatus } from './connection/connection-phase.ts'
export type {
  ClientClock,
  ClientEnvironment,
  FetchRequest,
  FetchResponse,
  SocketLike,
} from './connection/environment.ts'
export type { TokenContext, TokenSource } from './connection/token.ts'
export type { TransportName } from './connection/transport-choice.ts'
export { createInbox } from './inbox/create-inbox.ts'
export type { Inbox, InboxOptions, MarkAllReadOptions } from './inbox/inbox.ts'
export type { InboxItem } from './inbox/inbox-item.ts'
export type { Appearance, Presence, PresenceOption } from './presence/presence.ts'
export type { RealtimeMessage } from './rooms/realtime-message.ts'
export type { RoomEntry, RoomStay, SharedRoom } from './rooms/shared-room.ts'
export {
  type Broadcast,
  type RoomBroadcast,
  type UseBroadcastOptions,
  useBroadcast,
} from './rooms/use-broadcast.ts'
export {
  type CursorPosition,
  type CursorState,
  type RoomCursors,
  type UseCursorsOptions,
  useCursors,
} from './rooms/use-cursors.ts'
export { type UseInboxOptions, type UserInbox, useInbox } from './rooms/use-inbox.ts'
export {
  type PresenceState,
  type RoomPresence,
  type UsePresenceOptions,
  usePresence,
} from './rooms/use-presence.ts'
export {
  type Room,
  type RoomMembership,
  type UseRoomOptions,
  useRoom,
} from './rooms/use-room.ts'
export {
  type RoomState,
  type UseSharedStateOptions,
  useSharedState,
} from './rooms/use-shared-state.ts'
export type { Profile, User } from './rooms/user.ts'
export {
  type ConnectionStatus,
  type MessageHandler,
  WebSocketClient,
} from './rooms/websocket-client.ts'
export type { ConnectionClosed, WebSocketClientOptions } from './rooms/websocket-client-options.ts'
export { createSignal, deriveSignal, type Signal, type WritableSignal } from './signals/signal.ts'
export {
  createSharedDocument,
  type ListName,
  type SharedDocument,
} from './state/shared-document.ts'
export { createSharedList, type SharedList } from './state/shared-list.ts'
export type { SharedState, StateChange } from './state/shared-state.ts'
export type { Typing } from './typing/typing.ts'
export { typingText } from './typing/typing-text.ts'
