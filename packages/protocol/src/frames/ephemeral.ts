import { z } from 'zod'
import type { UserId } from '../ids.ts'
import { frame, type JsonValue } from './frame.ts'

/** Client → server. Starts or renews typing; the server ends it after 5 s without renewal. */
export const typing = frame('typing', {
  channel: z.string(),
  is_typing: z.boolean().default(true),
})
export type TypingFrame = z.infer<typeof typing>

/** Server → client. A signal that is never logged. */
export interface EphemeralFrame {
  readonly type: 'ephemeral'
  /** The part after `room:`; null for other channels. */
  readonly room_id: string | null
  readonly channel: string
  readonly event_type: 'typing_start' | 'typing_stop'
  readonly user_id: UserId
  /** ISO 8601 UTC with milliseconds. */
  readonly timestamp: string
  readonly data: JsonValue
}
