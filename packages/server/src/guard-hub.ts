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
import { type Call, guardCalls } from './guard-calls.ts'
import type { ChannelManager } from './local/channel-manager.ts'
import type { HeartbeatMonitor } from './local/heartbeat-monitor.ts'
import type { PresenceTracker } from './local/presence-tracker.ts'
import type { RealtimeBroadcast } from './local/realtime-broadcast.ts'
import { BROADCAST_CALLS, CHANNEL_CALLS, HEARTBEAT_CALLS, PRESENCE_CALLS } from './local-calls.ts'
import {
  CHANNEL_READER_CALLS,
  CONNECTION_CALLS,
  DEAD_LETTER_CALLS,
  EPHEMERAL_CALLS,
  NOTIFICATION_CALLS,
  PRESENCE_READER_CALLS,
  REVOCATION_CALLS,
  ROOM_CALLS,
  SSE_CALLS,
  STATE_CALLS,
  SUBSCRIPTION_CALLS,
  WEB_SOCKET_CALLS,
} from './service-calls.ts'

/** The services of a hub whose arguments are checked. */
export interface HubServices {
  readonly channels: ChannelManager
  readonly presence: PresenceTracker
  readonly broadcast: RealtimeBroadcast
  readonly heartbeat: HeartbeatMonitor
  readonly channelReader: ChannelReader
  readonly connections: ConnectionService
  readonly deadLetters: DeadLetters
  readonly ephemeral: EphemeralEvents
  readonly notifications: NotificationService
  readonly presenceReader: PresenceReader
  readonly revocations: Revocations
  readonly rooms: RoomAdministration
  readonly sse: SseService
  readonly state: ServerState
  readonly subscriptions: SubscriptionService
  readonly webSockets: WebSocketService
}

/** Lets a hub and its services refuse arguments of a wrong kind, by their names. */
export function guardHub(hub: HubServices, calls: Readonly<Record<string, Call>>): void {
  guardCalls(hub, calls)
  guardCalls(hub.channels, CHANNEL_CALLS)
  guardCalls(hub.presence, PRESENCE_CALLS)
  guardCalls(hub.broadcast, BROADCAST_CALLS)
  guardCalls(hub.heartbeat, HEARTBEAT_CALLS)
  guardCalls(hub.channelReader, CHANNEL_READER_CALLS)
  guardCalls(hub.connections, CONNECTION_CALLS)
  guardCalls(hub.deadLetters, DEAD_LETTER_CALLS)
  guardCalls(hub.ephemeral, EPHEMERAL_CALLS)
  guardCalls(hub.notifications, NOTIFICATION_CALLS)
  guardCalls(hub.presenceReader, PRESENCE_READER_CALLS)
  guardCalls(hub.revocations, REVOCATION_CALLS)
  guardCalls(hub.rooms, ROOM_CALLS)
  guardCalls(hub.sse, SSE_CALLS)
  guardCalls(hub.state, STATE_CALLS)
  guardCalls(hub.subscriptions, SUBSCRIPTION_CALLS)
  guardCalls(hub.webSockets, WEB_SOCKET_CALLS)
}
