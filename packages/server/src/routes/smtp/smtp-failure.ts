import { DeliveryError } from '../../ports/notification-sender.ts'

/** What went wrong with one mail: its sender, recipient or content was refused. */
const MAIL_CODES: ReadonlySet<unknown> = new Set(['EENVELOPE', 'EMESSAGE'])

/**
 * Makes what the transport threw an error that says whether another attempt
 * can help. A 5xx reply is permanent where it is about the mail; about logging
 * in or the greeting it is the operator's to repair, and mails wait for that.
 */
export function smtpFailure(cause: unknown): DeliveryError {
  const message = cause instanceof Error ? cause.message : String(cause)
  const { code, responseCode }: { code?: unknown; responseCode?: unknown } = Object(cause)
  const isRefusal = typeof responseCode === 'number' && responseCode >= 500
  return new DeliveryError(message, { isPermanent: isRefusal && MAIL_CODES.has(code), cause })
}
