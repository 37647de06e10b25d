import {
  copyJson,
  eventName,
  formatUuidV7,
  type JsonLike,
  type JsonValue,
  type MessageFrame,
  RealtimeError,
} from '@coterie/protocol'
import { requireIdText } from '../../core/id-text.ts'
import { PLAIN_MESSAGE } from '../../core/plain-message.ts'
import { requireObject } from '../../core/require-object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { systemClock } from '../../system/system-clock.ts'
import { systemRandom } from '../../system/system-random.ts'

const UUID_BYTES = 10

/** The usual kinds of messages. */
export type MessageType = 'text' | 'system'

/** The fields of a message; without `id` it gets a new one. */
export interface MessageFields {
  readonly id?: string | undefined
  /** The kind of payload: `text`, `system`, or an application's own. @default 'text' */
  readonly type?: string | undefined
  readonly payload: JsonLike
}

/** A message that belongs to no channel, as `hub.webSockets` sends it. */
export class Message {
  readonly id: string
  readonly type: string
  readonly payload: JsonValue
  /** Wall time in ms since 1970. */
  readonly createdAtMs: number

  /** @throws {RealtimeError} `invalid_payload` for a bad value, naming the field */
  constructor(fields: MessageFields, clock: Clock = systemClock, random: Random = systemRandom) {
    requireObject('message', fields)
    const { id, type = PLAIN_MESSAGE } = fields
    const nowMs = clock.now()
    this.id =
      id === undefined ? formatUuidV7(nowMs, random.bytes(UUID_BYTES)) : requireIdText('id', id)
    const name = eventName.safeParse(type)
    if (!name.success) refuse(`type: ${name.error.issues[0]?.message}`)
    const payload = copyJson(fields.payload, 'payload')
    if (!payload.ok) throw payload.error
    this.type = type
    this.payload = payload.value
    this.createdAtMs = nowMs
  }

  /** As clients get it: a plain text has no `event`. */
  toJSON(): MessageFrame {
    const { id, type, payload } = this
    return { type: 'message', payload, id, ...(type !== PLAIN_MESSAGE && { event: type }) }
  }
}

function refuse(problem: string): never {
  throw new RealtimeError('invalid_payload', problem)
}
