import { z } from 'zod'
import { count, timestamp } from './scalar.ts'

/** What members of a room know of it. */
export const roomDescription = z.object({
  id: z.string(),
  metadata: z.record(z.string(), z.unknown()).readonly().nullable(),
  /** Null where no number bounds it. */
  max_users: count.nullable(),
  /** Null for a room that was always there. */
  created_at: timestamp.nullable(),
})

/** What rooms add to the reply of `subscribe`. */
export const roomReplyFields = { room: roomDescription.readonly().optional() }
