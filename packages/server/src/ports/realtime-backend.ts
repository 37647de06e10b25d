import type { EphemeralEventType, JsonValue } from '@coterie/protocol'

/** Something that happens in a room and is not kept. */
export interface EphemeralEvent {
  readonly id: string
  readonly roomId: string
  readonly type: EphemeralEventType
  readonly userId: string
  /** What carried it, where an application tells its ways apart. */
  readonly channelId: string | null
  readonly data: JsonValue
  /** ISO 8601 UTC with milliseconds. */
  readonly timestamp: string
}

/** Takes the events of a channel; one that throws does not stop the next. */
export type EphemeralCallback = (event: EphemeralEvent) => void | Promise<void>

/**
 * Carries ephemeral events between nodes: the option `realtime` of a hub.
 * Passes `realtimeBackendConformance`.
 */
export interface RealtimeBackend {
  /** Sends an event to all who subscribe to the channel now. After `close` it does nothing. */
  publish(channel: string, event: EphemeralEvent): Promise<void>

  /**
   * Calls back for each event of a channel, one after the other. At most 100
   * wait for a callback that takes its time; past it the oldest is dropped.
   *
   * @returns the id of the subscription
   */
  subscribe(channel: string, callback: EphemeralCallback): Promise<string>

  /**
   * Ends a subscription; false when there is none. The last one of a channel
   * lets the channel go at the backend.
   */
  unsubscribe(id: string): Promise<boolean>

  /** Ends all subscriptions. Repeating it changes nothing. */
  close(): Promise<void>

  /** Channels that the backend listens to for somebody, where it tells. */
  readonly channels?: readonly string[]

  /** Events that came and could not be read, where it counts them; they were skipped. */
  readonly malformedCount?: number
}
