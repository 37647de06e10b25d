import { z } from 'zod'
import { ERRORS, type ErrorCode } from '../errors.ts'
import type {
  Branded,
  ConnectionId,
  EventId,
  NotificationId,
  SubscriptionId,
  UserId,
} from '../ids.ts'
import { parsePosition } from '../position.ts'

/** The id of a user. */
export const userId = idOf<UserId>()
/** The id of a connection. */
export const connectionId = idOf<ConnectionId>()
/** The id of an event. */
export const eventId = idOf<EventId>()
/** The id of a notification. */
export const notificationId = idOf<NotificationId>()
/** The id of a stored subscription. */
export const subscriptionId = idOf<SubscriptionId>()

/** ISO 8601 UTC with milliseconds. */
export const timestamp = z.iso.datetime({ precision: 3 })

/** A position in a log, as the server writes it. */
export const position = z.string().refine((text) => parsePosition(text) !== undefined, {
  error: 'expected "<epoch>:<offset>"',
})

/** An error code of the protocol. */
export const errorCode = z.enum(Object.keys(ERRORS) as ErrorCode[])

/** A whole number of things. */
export const count = z.int().min(0)

function idOf<Id extends Branded<string>>() {
  return z.custom<Id>((value) => typeof value === 'string' && value !== '', {
    error: 'expected a string that is not empty',
  })
}
