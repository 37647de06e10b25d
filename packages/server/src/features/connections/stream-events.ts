import { ok, type Result, refuse } from '@coterie/protocol'
import type { Connection } from '../../core/connection.ts'
import type { Connections } from '../../core/connections.ts'
import { refuseField } from '../../core/field-problem.ts'
import type { Ids } from '../../core/ids.ts'
import { formatSseEvent } from '../../local/sse-event.ts'
import type {
  EventRecipients,
  ServerSentEvent,
  ServerSentEventRequest,
  SseService,
} from './connection-service.ts'
import { Event } from './event.ts'
import { StreamEventFrame } from './stream-event-frame.ts'
import { streamEventProblem } from './stream-event-problem.ts'

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
    const created = { id: this.#ids.event(), event, data, priority, retry, comment }
    const written = this.#write(created)
    return written.ok ? ok(new Event(created)) : written
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
  #write(event: ServerSentEvent): Result<StreamEventFrame> {
    const problem = streamEventProblem(event)
    if (problem !== undefined) return refuseField(problem)
    const { id, data, comment, retry } = event
    const tooLarge = refuseField(`data: an event has at most ${this.#maxBytes} bytes`, 'too_large')
    // Splitting much text into lines only to refuse it would be a waste.
    if (data.length > this.#maxBytes) return tooLarge
    const head = comment === undefined ? '' : `: ${comment}\n`
    const text = head + formatSseEvent({ event: event.event, data, retry })
    const frame = new StreamEventFrame(text, id)
    return frame.length > this.#maxBytes ? tooLarge : ok(frame)
  }
}

function takesEvents(connection: Connection): boolean {
  return connection.transport.kind === 'sse' && connection.isAuthenticated()
}

function send({ outbox }: Connection, { priority }: ServerSentEvent, frame: StreamEventFrame) {
  if (priority === 'low') outbox.signal(frame)
  else outbox.send(frame)
}
