/** What the hub counts of what it sends, and of receivers that did not keep up. */
export interface DeliveryFigures {
  /** Live events that were queued for connections, each counted once for each of them. */
  deliveries: number
  /** Frames that were handed to transports, and their bytes. */
  framesSent: number
  bytesSent: number
  /** Volatile frames that a newer one replaced, or that were dropped. */
  volatileDropped: number
  /** Events without a log that were dropped; a gap told of them. */
  unloggedDropped: number
  /** Times a receiver fell behind on a subscription and was to catch up from the log. */
  paused: number
  /** Times a receiver had caught up from the log. */
  caughtUp: number
  /** Times the log no longer held what a receiver had to catch up on; a gap told of it. */
  logGaps: number
  /** Connections closed because too much was waiting, or nothing was taken for too long. */
  closedTooSlow: number
}

/** Makes figures that all stand at 0. */
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
