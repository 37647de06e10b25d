import type { EventSender } from '@coterie/protocol'
import { OutgoingFrame } from '../../core/outgoing-frame.ts'
import type { JsonText, MapChange } from '../../ports/engine.ts'
import { BEGUN_KEY } from './begun-mark.ts'

/** Where a change of the server itself comes from. */
const SERVER = '{"from":null,"op_id":null}' as JsonText

/** Says who makes a change, for every node to tell. */
export function stateOrigin(from: EventSender | null, operationId: string | null): JsonText {
  return JSON.stringify({ from, op_id: operationId }) as JsonText
}

/** Makes the frame that tells of a change; values stay as their senders wrote them. */
export function stateFrame(
  channel: string,
  { changes, version, origin = SERVER }: MapChange,
): OutgoingFrame {
  const set: string[] = []
  const deleted: string[] = []
  for (const { key, value } of changes) {
    if (key === BEGUN_KEY) continue
    if (value === null) deleted.push(JSON.stringify(key))
    else set.push(`${JSON.stringify(key)}:${value}`)
  }
  // Channel names hold nothing that JSON escapes.
  return new OutgoingFrame(
    'state',
    `{"channel":"${channel}","version":${version},"set":{${set.join(',')}},"delete":[${deleted.join(',')}],${origin.slice(1)}`,
  )
}
