import { type Call, guardCalls } from './guard-calls.ts'
import type { HubServices } from './hub-services.ts'
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
