import { type EventId, eventName, ok, type Result, refuse } from '@coterie/protocol'
import type { Connections } from '../../core/connections.ts'
import { refuseField } from '../../core/field-problem.ts'
import type { Ids } from '../../core/ids.ts'
import type { OutgoingFrame } from '../../core/outgoing-frame.ts'
import { writeJson } from '../../core/write-json.ts'
import type { WebSocketService } from './connection-service.ts'
import { messageFrame } from './message-frame.ts'

interface Message {
  readonly id: EventId
  readonly frame: OutgoingFrame
}

/** Sends messages that belong to no channel, encoded once for all who get them. */
export class OutgoingMessages implements WebSocketService {
  readonly #connections: Connections
  readonly #ids: Ids
  readonly #maxFrameBytes: number

  constructor(connections: Connections, ids: Ids, maxFrameBytes: number) {
    this.#connections = connections
    this.#ids = ids
    this.#maxFrameBytes = maxFrameBytes
  }

  sendMessage(connectionId: string, type: string, payload: unknown): Result<{ id: string }> {
    const message = this.#write(type, payload)
    if (!message.ok) return message
    const connection = this.#connections.find(connectionId)
    if (!connection?.isActive()) {
      return refuse('not_found', 'connection_id: this node has no connection by this id')
    }
    if (!connection.isAuthenticated()) {
      return refuse('conflict', 'connection_id: nobody is authenticated on this connection yet')
    }
    connection.outbox.send(message.value.frame)
    return ok({ id: message.value.id })
  }

  broadcastMessage(type: string, payload: unknown): Result<number> {
    const message = this.#write(type, payload)
    if (!message.ok) return message
    let count = 0
    for (const connection of this.#connections) {
      if (!connection.isAuthenticated()) continue
      connection.outbox.send(message.value.frame)
      count += 1
    }
    return ok(count)
  }

  #write(type: string, payload: unknown): Result<Message> {
    const event = eventName.safeParse(type)
    if (!event.success) return refuseField(`type: ${event.error.issues[0]?.message}`)
    const written = writeJson('payload', payload)
    if (!written.ok) return written
    const id = this.#ids.event()
    const frame = messageFrame(id, type, written.value)
    if (Buffer.byteLength(frame.text) > this.#maxFrameBytes) {
      return refuseField(`payload: a message has at most ${this.#maxFrameBytes} bytes`, 'too_large')
    }
    return ok({ id, frame })
  }
}
