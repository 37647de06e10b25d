import { z } from 'zod'
import { connectionId, userId } from './scalar.ts'

/** The sender of an event. */
export const eventSender = z.object({ user_id: userId, connection_id: connectionId })
/** The sender of an event. */
export type EventSender = Readonly<z.infer<typeof eventSender>>
