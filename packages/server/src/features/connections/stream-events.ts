import {
  eventName,
  HALF_CHARACTER,
  ok,
  type Result,
  refuse,
  type ServerFrame,
} from '@coterie/protocol'
import type { Connection } from '../../core/connection.ts'
import type { Connections } from '../../core/connections.ts'
import type { Ids } from '../../core/ids.ts'
import { formatSseEvent } from '../../local/sse-event.ts'
import type {
  EventPriority,
  EventRecipients,
  ServerSentEvent,
  ServerSentEventRequest,
  SseService,
} from './connection-service.ts'
import { StreamEventFrame } from './stream-event-frame.ts'

const PRIORITIES: readonly EventPriority[] = ['low', 'normal', 'high', 'urgent']
const MAX_RETRY_MS = 2 ** 31 - 1
const FORBIDDEN = /[\r\n\0]/

/** Each means something to those who read a stream: every frame of the protocol is here. */
const RESERVED_NAMES = {
  connection: 'a frame',
  reply: 'a frame',
  error: 'a frame',
  event: 'a frame',
  presence: 'a frame',
  state: 'a frame',
  ephemeral: 'a frame',
  notification: 'a frame',
  inbox: 'a frame',
  // Streams get those of `sendMessage` too, and a browser takes it for an event without a name.
  message: 'a frame',
  gap: 'a frame',
  unsubscribed: 'a frame',
  token_expiring: 'a frame',
  ping: 'a frame',
  pong: 'a frame',
  close: 'the end of a stream',
  open: "a browser's own event",
} as const satisfies Record<ServerFrame['type'] | 'close' | 'open', string>

/** Sends the application's own events to the streams of this node. */
export class StreamEvents implements SseService {
  readonly #connections: Connections
  readonly #ids: Ids
  readonly #maxBytes: number

  /** @param maxBytes what one event may have on the stream */
  constructor(connections: Connections, ids: Ids, maxBytes: number) {
    this.#connections = connections
    this.#ids = ids
    this.#maxBytes = maxBytes
  }

  createEvent(request: ServerSentEventRequest): Result<ServerSentEvent> {
    const { event, data, priority = 'normal', retry, comment } = request
    const written = this.#write({ event, data, priority, retry, comment })
    if (!written.ok) return written
    return ok({
      id: this.#ids.event(),
      event,
      data,
      priority,
      ...(retry !== undefined && { retry }),
      ...(comment !== undefined && { comment }),
    })
  }

  sendEvent(connectionId: string, event: ServerSentEvent): Result<void> {
    const written = this.#write(event)
    if (!written.ok) return written
    const connection = this.#connections.find(connectionId)
    if (!connection || !takesEvents(connection)) {
      return refuse('not_found', 'connection_id: this node has no event stream by this id')
    }
    send(connection, event, written.value)
    return ok(undefined)
  }

  broadcastEvent(event: ServerSentEvent, recipients: EventRecipients = {}): Result<number> {
    const written = this.#write(event)
    if (!written.ok) return written
    let count = 0
    for (const connection of this.#reached(recipients)) {
      if (!takesEvents(connection)) continue
      send(connection, event, written.value)
      count += 1
    }
    return ok(count)
  }

  *#reached({ recipients, exclude = [] }: EventRecipients): Iterable<Connection> {
    const excluded = new Set(exclude)
    if (recipients === undefined) {
      for (const connection of this.#connections) {
        if (!excluded.has(connection.id)) yield connection
      }
      return
    }
    for (const id of new Set(recipients)) {
      const connection = excluded.has(id) ? undefined : this.#connections.find(id)
      if (connection) yield connection
    }
  }

  // An event may have been put together by hand, so it is checked whenever it is sent.
  #write(event: Omit<ServerSentEvent, 'id'>): Result<StreamEventFrame> {
    const problem = problemWith(event)
    if (problem !== undefined) return refuse('invalid_payload', problem)
    const { data, comment, retry } = event
    const tooLarge = refuse('too_large', `data: an event has at most ${this.#maxBytes} bytes`)
    // Splitting much text into lines only to refuse it would be a waste.
    if (data.length > this.#maxBytes) return tooLarge
    const head = comment === undefined ? '' : `: ${comment}\n`
    const text = head + formatSseEvent({ event: event.event, data, retry })
    const frame = new StreamEventFrame(text)
    return frame.length > this.#maxBytes ? tooLarge : ok(frame)
  }
}

function problemWith({
  event,
  data,
  priority,
  retry,
  comment,
}: Omit<ServerSentEvent, 'id'>): string | undefined {
  const name = eventName.safeParse(event)
  if (!name.success) return `event: ${name.error.issues[0]?.message}`
  if (FORBIDDEN.test(event)) return 'event: a name holds no line end or NUL'
  if (isReserved(event)) {
    return `event: ${event} names ${RESERVED_NAMES[event]} on every stream; choose another name`
  }
  if (typeof data !== 'string') return 'data: expected a text, such as JSON'
  if (!data.isWellFormed()) return `data: ${HALF_CHARACTER}`
  if (!PRIORITIES.includes(priority)) return `priority: expected one of ${PRIORITIES.join(', ')}`
  if (retry !== undefined && !isRetry(retry)) {
    return `retry: expected a whole number of ms from 0 to ${MAX_RETRY_MS}`
  }
  if (comment !== undefined && !isComment(comment)) {
    return 'comment: expected a text without line end or NUL'
  }
  return undefined
}

function isReserved(event: string): event is keyof typeof RESERVED_NAMES {
  return Object.hasOwn(RESERVED_NAMES, event)
}

function isRetry(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_RETRY_MS
}

function takesEvents(connection: Connection): boolean {
  return connection.transport.kind === 'sse' && connection.isAuthenticated()
}

function send({ outbox }: Connection, { priority }: ServerSentEvent, frame: StreamEventFrame) {
  if (priority === 'low') outbox.signal(frame)
  else outbox.send(frame)
}

function isComment(comment: unknown): boolean {
  return typeof comment === 'string' && !FORBIDDEN.test(comment) && comment.isWellFormed()
}
