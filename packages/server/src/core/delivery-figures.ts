/** Counters of what the hub sends, and of receivers that fell behind. */
export interface DeliveryFigures {
  /** Live events queued for connections, counted once per connection. */
  deliveries: number
  /** Frames handed to transports, and their bytes. */
  framesSent: number
  bytesSent: number
  /** Volatile frames that a newer one replaced, or that were dropped. */
  volatileDropped: number
  /** Events without a log that were dropped; receivers were told of the gap. */
  unloggedDropped: number
  /** Times that a subscription fell behind and had to catch up from the log. */
  paused: number
  /** Times that a subscription had caught up from the log. */
  caughtUp: number
  /** Times that the log no longer held the missed events; receivers were told of the gap. */
  logGaps: number
  /** Connections closed because too much was waiting, or nothing was read for long. */
  closedTooSlow: number
}

/** Makes counters that start at 0. */
export function createDeliveryFigures(): DeliveryFigures {
  return {
    deliveries: 0,
    framesSent: 0,
    bytesSent: 0,
    volatileDropped: 0,
    unloggedDropped: 0,
    paused: 0,
    caughtUp: 0,
    logGaps: 0,
    closedTooSlow: 0,
  }
}
