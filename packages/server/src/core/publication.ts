import type { EventSender, JsonValue } from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'
import type { UserConnection } from './connection.ts'
import type { ChannelDefinition } from './definitions.ts'

/** An event whose publisher has the right to publish it. */
export interface Publication {
  readonly channel: string
  readonly definition: ChannelDefinition
  readonly event: string
  readonly payload: JsonText
  /** The parsed payload, if it has been parsed already. */
  readonly payloadValue?: JsonValue | undefined
  /** The sender; null when the server publishes. */
  readonly from: EventSender | null
  /** The publishing connection; undefined when the server publishes. */
  readonly connection?: UserConnection | undefined
  /** Becomes the event's id; repeating it within 5 minutes publishes nothing new. */
  readonly messageId?: string | undefined
  readonly volatile?: boolean | undefined
  readonly key?: string | undefined
  /** Keeps the event in the log beyond its retention, until a snapshot covers it. */
  readonly holds?: boolean | undefined
  readonly excludeConnection?: string | undefined
  /** Users whose subscriptions do not notify them of the event. */
  readonly exclude?: readonly string[] | undefined
}
