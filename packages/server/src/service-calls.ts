import {
  ANY,
  CALLBACK,
  FLAG,
  fields,
  NUMBER,
  OBJECT,
  optional,
  TEXT,
  TEXTS,
} from './argument-kinds.ts'
import type { ChannelReader } from './core/channel-reader.ts'
import type {
  ConnectionService,
  SseService,
  WebSocketService,
} from './features/connections/connection-service.ts'
import type { EphemeralEvents } from './features/ephemeral/ephemeral-events.ts'
import type { NotificationService } from './features/notifications/notification-service.ts'
import type { PresenceReader } from './features/presence/presence-reader.ts'
import type { Revocations } from './features/revocation/revocations.ts'
import type { RoomAdministration } from './features/rooms/room-administration.ts'
import type { ServerState } from './features/state/server-state.ts'
import type { SubscriptionService } from './features/subscriptions/subscription-service.ts'
import type { DeadLetters } from './features/triggers/durable/dead-letters.ts'
import { type CallsOf, promises, rejects, returns, throws } from './guard-calls.ts'

const PRINCIPAL = optional(OBJECT)
const READER = optional(OBJECT)
const REQUEST = fields()
const TARGET = fields({
  userId: optional(TEXT),
  sessionId: optional(TEXT),
  tokenId: optional(TEXT),
})

/** The arguments that each method of `ConnectionService` takes. */
export const CONNECTION_CALLS: CallsOf<ConnectionService> = {
  list: returns({
    query: optional(
      fields({ userId: optional(TEXT), channel: optional(TEXT), after: optional(TEXT) }),
    ),
  }),
  find: returns({ id: TEXT }),
  disconnect: returns({ id: TEXT, reason: optional(TEXT) }),
  disconnectUser: returns({ userId: TEXT, reason: optional(TEXT) }),
}

/** The arguments that each method of `WebSocketService` takes. */
export const WEB_SOCKET_CALLS: CallsOf<WebSocketService> = {
  sendMessage: returns({ connectionId: TEXT, type: TEXT, payload: ANY }),
  broadcastMessage: returns({ type: TEXT, payload: ANY }),
}

/** The arguments that each method of `SseService` takes. */
export const SSE_CALLS: CallsOf<SseService> = {
  createEvent: returns({ request: REQUEST }),
  sendEvent: returns({ connectionId: TEXT, event: REQUEST }),
  broadcastEvent: returns({
    event: REQUEST,
    recipients: optional(fields({ recipients: optional(TEXTS), exclude: optional(TEXTS) })),
  }),
}

/** The arguments that each method of `RoomAdministration` takes. */
export const ROOM_CALLS: CallsOf<RoomAdministration> = {
  create: promises({ id: TEXT, settings: optional(fields({ persist: optional(FLAG) })) }),
  update: promises({ id: TEXT, settings: fields({ persist: optional(FLAG) }) }),
  remove: promises({ id: TEXT }),
  list: rejects({}),
  find: promises({ id: TEXT }),
  kick: promises({ id: TEXT, userId: TEXT, options: optional(fields({ reason: optional(TEXT) })) }),
  ban: promises({ id: TEXT, userId: TEXT, options: optional(fields({ reason: optional(TEXT) })) }),
  unban: promises({ id: TEXT, userId: TEXT }),
  bans: rejects({ id: TEXT }),
}

/** The arguments that each method of `NotificationService` takes. */
export const NOTIFICATION_CALLS: CallsOf<NotificationService> = {
  create: promises({ request: REQUEST }),
  createNotification: promises({ request: REQUEST }),
  find: promises({ id: TEXT, userId: optional(TEXT) }),
  list: promises({
    query: fields({
      userId: TEXT,
      status: optional(TEXT),
      isUnread: optional(FLAG),
      type: optional(TEXT),
      priority: optional(TEXT),
      cursor: optional(TEXT),
      recipients: optional(TEXT),
    }),
  }),
  recipients: promises({ id: TEXT, query: optional(fields({ cursor: optional(TEXT) })) }),
  unreadCount: promises({ userId: TEXT }),
  markRead: promises({ id: TEXT, userId: TEXT, shown: optional(TEXT) }),
  markAllRead: promises({ userId: TEXT, options: optional(fields()) }),
  acknowledge: promises({ userId: TEXT, ids: TEXTS }),
  cancel: promises({ id: TEXT }),
  preferences: promises({ userId: TEXT }),
  setPreferences: promises({ userId: TEXT, preferences: fields(), principal: PRINCIPAL }),
  changePreferences: promises({ userId: TEXT, preferences: fields(), principal: PRINCIPAL }),
  deliveries: promises({ query: fields({ limit: optional(NUMBER) }) }),
  retryDelivery: promises({ id: NUMBER }),
}

/** The arguments that each method of `SubscriptionService` takes. */
export const SUBSCRIPTION_CALLS: CallsOf<SubscriptionService> = {
  createResourceSubscription: promises({ request: REQUEST, principal: PRINCIPAL }),
  createResourceTypeSubscription: promises({ request: REQUEST, principal: PRINCIPAL }),
  createTopicSubscription: promises({ request: REQUEST, principal: PRINCIPAL }),
  createQuerySubscription: promises({ request: REQUEST, principal: PRINCIPAL }),
  find: promises({ id: TEXT, principal: PRINCIPAL }),
  list: promises({
    query: fields({
      userId: TEXT,
      status: optional(TEXT),
      type: optional(TEXT),
      label: optional(TEXT),
      cursor: optional(TEXT),
    }),
    principal: PRINCIPAL,
  }),
  updateStatus: promises({ id: TEXT, status: TEXT, principal: PRINCIPAL }),
  addLabel: promises({ id: TEXT, label: TEXT, principal: PRINCIPAL }),
  delete: promises({ id: TEXT, principal: PRINCIPAL }),
  emit: promises({ event: REQUEST }),
}

/** The arguments that each method of `Revocations` takes. */
export const REVOCATION_CALLS: CallsOf<Revocations> = {
  revoke: promises({
    target: TARGET,
    options: optional(fields({ reason: optional(TEXT) })),
  }),
  lift: promises({ target: TARGET }),
  list: promises({ query: optional(fields({ after: optional(TEXT) })) }),
}

/** The arguments that each method of `DeadLetters` takes. */
export const DEAD_LETTER_CALLS: CallsOf<DeadLetters> = {
  list: promises({
    query: optional(fields({ trigger: optional(TEXT), before: optional(NUMBER) })),
  }),
  replay: promises({ id: NUMBER }),
  discard: promises({ id: NUMBER }),
}

/** The arguments that each method of `ServerState` takes. */
export const STATE_CALLS: CallsOf<ServerState> = {
  read: promises({ channel: TEXT }),
  readText: promises({ name: TEXT, reader: READER }),
  change: promises({ name: TEXT, change: fields(), options: optional(fields()) }),
}

/** The arguments that each method of `ChannelReader` takes. */
export const CHANNEL_READER_CALLS: CallsOf<ChannelReader> = {
  list: throws({ reader: READER }),
  page: throws({ request: fields({ after: optional(TEXT), limit: NUMBER }), reader: READER }),
  describe: promises({ name: TEXT, reader: READER }),
  history: promises({
    name: TEXT,
    request: fields({ since: optional(TEXT), limit: NUMBER, reverse: optional(FLAG) }),
    reader: READER,
  }),
}

/** The arguments that each method of `PresenceReader` takes. */
export const PRESENCE_READER_CALLS: CallsOf<PresenceReader> = {
  read: promises({
    name: TEXT,
    page: fields({ after: optional(TEXT), limit: NUMBER }),
    reader: READER,
  }),
}

/** The arguments that each method of `EphemeralEvents` takes. */
export const EPHEMERAL_CALLS: CallsOf<EphemeralEvents> = {
  publishTyping: promises({
    room: TEXT,
    user: TEXT,
    isTyping: optional(FLAG),
    data: ANY,
    source: optional(TEXT),
  }),
  publishPresence: promises({ room: TEXT, user: TEXT, status: TEXT }),
  publishReadReceipt: promises({ room: TEXT, user: TEXT, eventId: ANY }),
  publishReaction: promises({ room: TEXT, user: TEXT, data: ANY }),
  publishCustom: promises({ room: TEXT, user: TEXT, data: ANY }),
  subscribeRoom: rejects({ room: TEXT, callback: CALLBACK }),
  unsubscribeRoom: rejects({ id: TEXT }),
  readMarks: rejects({ channel: TEXT }),
  readMarksFor: promises({ name: TEXT, reader: READER }),
  createSource: throws({}),
  left: throws({ channel: TEXT, user: TEXT }),
  receive: throws({ record: OBJECT }),
  close: rejects({}),
}
