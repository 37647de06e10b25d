import { z } from 'zod'
import { count, timestamp } from './scalar.ts'

/** The properties of a room that its members see. */
export const roomDescription = z.object({
  id: z.string(),
  metadata: z.record(z.string(), z.unknown()).readonly().nullable(),
  /** Null when the number of users is not limited. */
  max_users: count.nullable(),
  /** Null for a room that was never created explicitly. */
  created_at: timestamp.nullable(),
})

/** What rooms add to the reply of `subscribe`. */
export const roomReplyFields = { room: roomDescription.readonly().optional() }
