import type { EventSender } from '@coterie/protocol'
import type { JsonText, MapChange } from '../../ports/engine.ts'
import { BEGUN_KEY } from './begun-mark.ts'

/** Where a change of the server itself comes from. */
const SERVER = '{"from":null,"op_id":null}' as JsonText

/** Says who makes a change, for every node to tell. */
export function stateOrigin(from: EventSender | null, operationId: string | null): JsonText {
  return JSON.stringify({ from, op_id: operationId }) as JsonText
}

/** Writes the fields of a `state` frame as JSON. */
export function stateFields(
  channel: string,
  { changes, version, origin = SERVER }: MapChange,
): string {
  const set: string[] = []
  const deleted: string[] = []
  for (const { key, value } of changes) {
    if (key === BEGUN_KEY) continue
    if (value === null) deleted.push(JSON.stringify(key))
    else set.push(`${JSON.stringify(key)}:${value}`)
  }
  // Channel names hold nothing that JSON escapes.
  return `{"channel":"${channel}","version":${version},"set":{${set.join(',')}},"delete":[${deleted.join(',')}],${origin.slice(1)}`
}
