import { ANY, CALLBACK, fields, OBJECT, optional, TEXT, TEXTS } from './argument-kinds.ts'
import { type CallsOf, rejects, throws } from './guard-calls.ts'
import type { HeartbeatMonitor } from './local/heartbeat-monitor.ts'
import type { HubChannels } from './local/hub-channels.ts'
import type { HubPresence } from './local/hub-presence.ts'
import type { RealtimeBroadcast } from './local/realtime-broadcast.ts'

const CHANNEL = { channel: TEXT }
const CLIENT = { channel: TEXT, clientId: TEXT }
const WATCHED = { client: TEXT }

/** `publish` and `deliver` are left to the hub, which is called for each event. */
export const CHANNEL_CALLS: Omit<CallsOf<HubChannels>, 'publish' | 'deliver'> = {
  createChannel: throws({ name: TEXT, options: optional(fields()) }),
  removeChannel: throws({ name: TEXT }),
  hasChannel: throws({ name: TEXT }),
  listChannels: throws({}),
  getMetadata: throws({ name: TEXT }),
  getSubscribers: throws({ name: TEXT }),
  subscribe: throws({ name: TEXT, clientId: TEXT }),
  unsubscribe: throws(CLIENT),
  subscribeAsync: rejects({ ...CLIENT, callback: CALLBACK, options: optional(fields()) }),
  publishJson: throws({ name: TEXT, value: ANY }),
  publishToTopic: throws({ pattern: TEXT, message: TEXT }),
  getStats: throws({ name: TEXT }),
}

/** The arguments that each method of `PresenceTracker` takes. */
export const PRESENCE_CALLS: CallsOf<HubPresence> = {
  track: throws({ name: TEXT, clientId: TEXT, metadata: optional(OBJECT) }),
  untrack: throws({ name: TEXT, clientId: TEXT }),
  untrackAll: throws({ clientId: TEXT }),
  update: throws({ name: TEXT, clientId: TEXT, metadata: OBJECT }),
  touch: throws(CLIENT),
  list: throws(CHANNEL),
  get: throws(CLIENT),
  count: throws(CHANNEL),
  flushDiff: throws({ ...CHANNEL, consumer: optional(TEXT) }),
  endDiff: throws({ ...CHANNEL, consumer: optional(TEXT) }),
  evictStale: throws({ timeoutSecs: ANY }),
  listAsDicts: throws(CHANNEL),
  diffAsDict: throws({ ...CHANNEL, consumer: optional(TEXT) }),
  trackHere: throws({ ...CLIENT, metadata: OBJECT }),
  untrackHere: throws(CLIENT),
}

/** The arguments that each method of `RealtimeBroadcast` takes. */
export const BROADCAST_CALLS: CallsOf<RealtimeBroadcast> = {
  create: throws({ name: TEXT, config: optional(fields()) }),
  remove: throws({ name: TEXT }),
  subscribe: throws({ name: TEXT }),
  unsubscribe: throws({ subscriber: fields({ channelName: TEXT }) }),
  send: throws({ name: TEXT, message: TEXT, messageId: optional(TEXT) }),
  sendJson: throws({ name: TEXT, value: ANY, messageId: optional(TEXT) }),
  sendMany: throws({ names: TEXTS, message: TEXT, messageId: optional(TEXT) }),
  stats: throws({ name: TEXT }),
  globalStats: throws({}),
}

/** The arguments that each method of `HeartbeatMonitor` takes. */
export const HEARTBEAT_CALLS: CallsOf<HeartbeatMonitor> = {
  register: throws({ ...WATCHED, lastEventId: ANY }),
  unregister: throws(WATCHED),
  has: throws(WATCHED),
  ping: throws(WATCHED),
  pong: throws(WATCHED),
  isAlive: throws(WATCHED),
  checkTimeouts: throws({}),
  getDeadClients: throws({}),
  evictDead: throws({}),
  setLastEventId: throws({ ...WATCHED, id: TEXT }),
  getLastEventId: throws(WATCHED),
  sseKeepaliveComment: throws({}),
  sseRetryField: throws({}),
  sseHeartbeatEvent: throws({}),
  makeSseEvent: throws({ data: TEXT, event: optional(TEXT), id: optional(TEXT) }),
  runHeartbeatLoop: rejects({
    loop: optional(
      fields({
        onPing: optional(CALLBACK),
        onTimeout: optional(CALLBACK),
        onDead: optional(CALLBACK),
        onError: optional(CALLBACK),
      }),
    ),
  }),
  stats: throws({}),
  clientInfo: throws({}),
}
