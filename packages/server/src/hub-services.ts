import type { ChannelReader } from './core/channel-reader.ts'
import type { Limits } from './core/limits/limits.ts'
import type { TrafficFigures } from './core/traffic-figures.ts'
import type { UserTurns } from './core/user-turns.ts'
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
import type { RegisterTrigger } from './features/triggers/register-trigger.ts'
import type { ChannelManager } from './local/channel-manager.ts'
import type { HeartbeatMonitor } from './local/heartbeat-monitor.ts'
import type { PresenceTracker } from './local/presence-tracker.ts'
import type { RealtimeBroadcast } from './local/realtime-broadcast.ts'
import type { Authenticator } from './ports/authenticator.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'

/** What a hub offers beside its own methods: to the application, to transports and to REST. */
export interface HubServices {
  readonly clock: Clock
  readonly logger: Logger
  /** Channels within this process, which connections use too. */
  readonly channels: ChannelManager
  /** Who is present in the channels of this process. */
  readonly presence: PresenceTracker
  /** Broadcasts within this process. */
  readonly broadcast: RealtimeBroadcast
  /** Watches whether the clients of this process live. */
  readonly heartbeat: HeartbeatMonitor
  /** What bounds addresses and users, for those who let them in. */
  readonly limits: Limits
  /** What passes through the hub, for those who count what is answered outside of it. */
  readonly traffic: TrafficFigures
  readonly authenticator: Authenticator
  /** Reads what channels hold, for those who may know. */
  readonly channelReader: ChannelReader
  /** Looks at the connections of this node and ends them. */
  readonly connections: ConnectionService
  /** The events that durable triggers gave up. */
  readonly deadLetters: DeadLetters
  /** Typing, presence, reactions and read marks of rooms, for code in this process. */
  readonly ephemeral: EphemeralEvents
  /** Notifies users, whether they are connected or not. */
  readonly notifications: NotificationService
  /** Reads who is present in a channel. */
  readonly presenceReader: PresenceReader
  /** Ends what tokens allow before they expire. */
  readonly revocations: Revocations
  /** Makes, changes and removes rooms. */
  readonly rooms: RoomAdministration
  /** Sends events of the application's own to streams of this node. */
  readonly sse: SseService
  /** Reads and changes what all in a channel share. */
  readonly state: ServerState
  /** Keeps who is interested in what, and routes what happens to them. */
  readonly subscriptions: SubscriptionService
  /**
   * Runs application logic for what clients do in channels and beside them.
   *
   * @returns removes the trigger
   * @throws {TypeError} saying what is wrong
   * @example
   * ```ts
   * hub.trigger('document:{id}', 'cursor_move', async ({ channel, input, auth, publish }) => {
   *   await publish(channel, 'cursor_update', { user_id: auth.userId, position: input })
   * })
   * ```
   */
  readonly trigger: RegisterTrigger
  /** Lets users take turns in being served, whatever they come by. */
  readonly turns: UserTurns
  /** Sends messages that belong to no channel to connections of this node. */
  readonly webSockets: WebSocketService
}
