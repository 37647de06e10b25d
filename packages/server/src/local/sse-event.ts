import { RealtimeError } from '@coterie/protocol'

/** One server-sent event. */
export interface SseEvent {
  /** Any text; each of its lines becomes a line of the stream. */
  readonly data: string
  /** The event's type; browsers take `message` where there is none. */
  readonly event?: string | undefined
  /** What a browser sends as `Last-Event-ID` when it connects again. */
  readonly id?: string | undefined
  /** How long a browser waits before it connects again, in ms. */
  readonly retry?: number | undefined
}

/** A comment that keeps proxies from ending a silent stream. */
export const KEEPALIVE_COMMENT = ': keepalive\n\n'

/** A comment that says that the server is alive, and that no event is due. */
export const HEARTBEAT_COMMENT = ': heartbeat\n\n'

const LINE_END = /\r\n|\r|\n/
const FORBIDDEN = /[\r\n\0]/

/**
 * Writes an event as the text of a stream, with a `data:` line for each line of data.
 *
 * @throws {RealtimeError} `invalid_payload` for an event or id with a line end
 * or NUL, and for a `retry` that is not a whole number of ms
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function formatSseEvent({ data, event, id, retry }: SseEvent): string {
  const head =
    (retry === undefined ? '' : formatSseRetry(retry)) + field('id', id) + field('event', event)
  // Most data is one line: JSON has no other.
  if (!LINE_END.test(data)) return `${head}data: ${data}\n\n`
  const lines = data.split(LINE_END).map((line) => `data: ${line}\n`)
  return `${head}${lines.join('')}\n`
}

/**
 * Writes the line that tells a browser how long to wait before it connects
 * again. It counts at once, whatever it is followed by.
 *
 * @throws {RealtimeError} `invalid_payload` if `retryMs` is not a whole number from 0
 */
export function formatSseRetry(retryMs: number): string {
  if (!Number.isSafeInteger(retryMs) || retryMs < 0) {
    throw new RealtimeError(
      'invalid_payload',
      `retry: expected a whole number of ms, not ${retryMs}`,
    )
  }
  return `retry: ${retryMs}\n`
}

function field(name: string, value: string | undefined): string {
  if (value === undefined) return ''
  // A line end would begin another field, and a browser ignores an id with NUL.
  if (FORBIDDEN.test(value)) {
    throw new RealtimeError(
      'invalid_payload',
      `the ${name} of an event must not contain a line end or NUL`,
    )
  }
  return `${name}: ${value}\n`
}
