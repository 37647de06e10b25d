import type { EventSender, JsonValue } from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'
import type { UserConnection } from './connection.ts'
import type { ChannelDefinition } from './definitions.ts'

/** An event that its publisher was allowed to publish. */
export interface Publication {
  readonly channel: string
  readonly definition: ChannelDefinition
  readonly event: string
  readonly payload: JsonText
  /** What the text of the payload says, where somebody has read it already. */
  readonly payloadValue?: JsonValue | undefined
  /** Null when the server publishes. */
  readonly from: EventSender | null
  /** The connection that it came by; undefined when the server publishes. */
  readonly connection?: UserConnection | undefined
  /** Becomes the event's id; repeated within 5 minutes it is the same event. */
  readonly messageId?: string | undefined
  readonly volatile?: boolean | undefined
  readonly key?: string | undefined
  /** Keeps it in the log past its time and number, until a snapshot covers it. */
  readonly holds?: boolean | undefined
  readonly excludeConnection?: string | undefined
  /** Users who are not notified of it by what they subscribed to. */
  readonly exclude?: readonly string[] | undefined
}
