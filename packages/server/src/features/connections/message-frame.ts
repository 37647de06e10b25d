import type { EventId, FieldsOf } from '@coterie/protocol'
import { OutgoingFrame } from '../../core/outgoing-frame.ts'
import { PLAIN_MESSAGE } from '../../core/plain-message.ts'
import type { JsonText } from '../../ports/engine.ts'

/** Makes the frame of a message of the application; plain ones name no `event`. */
export function messageFrame(id: EventId, type: string, payload: JsonText): OutgoingFrame {
  const named = { id, ...(type !== PLAIN_MESSAGE && { event: type }) }
  const rest = JSON.stringify(named satisfies Omit<FieldsOf<'message'>, 'payload'>)
  return new OutgoingFrame('message', `{"payload":${payload},${rest.slice(1)}`)
}
