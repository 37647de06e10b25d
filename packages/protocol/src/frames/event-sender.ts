import { z } from 'zod'
import { connectionId, userId } from './scalar.ts'

/** Who sent an event. */
export const eventSender = z.object({ user_id: userId, connection_id: connectionId })
/** Who sent an event. */
export type EventSender = Readonly<z.infer<typeof eventSender>>
