import type { JsonValue } from '@coterie/protocol'
import type { JsonText } from '../../ports/engine.ts'

/** An event in the form that filters examine. */
export interface EventDocument {
  readonly channel: string
  readonly event: string
  readonly action: string
  /** Only where it happened to a resource. */
  readonly resource_type?: string
  readonly resource_id?: string
  readonly payload: JsonValue
}

/** Makes the document of something published to a channel; parses its payload when it is looked at. */
export function documentOf(channel: string, event: string, text: JsonText): EventDocument {
  let parsed: { readonly value: JsonValue } | undefined
  return {
    channel,
    event,
    action: event,
    get payload() {
      parsed ??= { value: JSON.parse(text) as JsonValue }
      return parsed.value
    },
  }
}
