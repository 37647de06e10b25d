import { RealtimeError } from '@coterie/protocol'

/** One server-sent event. */
export interface SseEvent {
  readonly data: string
  readonly event?: string | undefined
  readonly id?: string | undefined
  /** How long a browser waits before it connects again, in ms. */
  readonly retry?: number | undefined
}

/** A comment that keeps proxies from ending a silent stream. */
export const KEEPALIVE_COMMENT = ': keepalive\n\n'

const LINE_END = /\r\n|\r|\n/
const FORBIDDEN = /[\r\n\0]/

/**
 * Writes an event as the text of a stream; each line of the data as a line of its own.
 *
 * @throws {RealtimeError} `invalid_payload` for an event or id with a line end or NUL
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function formatSseEvent({ data, event, id, retry }: SseEvent): string {
  const head = [
    retry === undefined ? '' : `retry: ${retry}\n`,
    field('id', id),
    field('event', event),
  ].join('')
  const lines = data.split(LINE_END).map((line) => `data: ${line}\n`)
  return `${head}${lines.join('')}\n`
}

function field(name: string, value: string | undefined): string {
  if (value === undefined) return ''
  if (FORBIDDEN.test(value)) {
    throw new RealtimeError('invalid_payload', `the ${name} of an event holds no line end or NUL`)
  }
  return `${name}: ${value}\n`
}
