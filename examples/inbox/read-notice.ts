import {
  err,
  NOTIFICATION_PRIORITIES,
  NOTIFICATION_TYPES,
  type NotificationPriority,
  type NotificationType,
  ok,
  type Result,
} from '@coterie/protocol'
import { readInboxUser } from './inbox-user.ts'

const MAX_RECIPIENTS = 20
const MAX_TITLE_CHARACTERS = 120
const MAX_MESSAGE_CHARACTERS = 1_000
const MAX_LABEL_CHARACTERS = 30
const MAX_EXPIRY_S = 7 * 86_400

/** What somebody wants others to be notified of. */
export interface Notice {
  /** User ids. */
  readonly recipients: readonly string[]
  readonly type: NotificationType
  readonly priority: NotificationPriority
  readonly title: string
  readonly message: string
  /** What the button under it says; undefined for none. */
  readonly actionLabel: string | undefined
  /** After how long it disappears; undefined for never. */
  readonly expiresInS: number | undefined
}

/** Reads what a page sent; an error says what is wrong in words for people. */
export function readNotice(payload: unknown): Result<Notice, string> {
  if (typeof payload !== 'object' || payload === null) return err('a notification is an object')
  const { to, type, priority, title, message, action, expires_in_s } = payload as Record<
    string,
    unknown
  >
  const recipients = readRecipients(to)
  if (!recipients.ok) return recipients
  const knownType = NOTIFICATION_TYPES.find((known) => known === type)
  if (!knownType) return err('"type" is none that there is')
  const knownPriority = NOTIFICATION_PRIORITIES.find((known) => known === priority)
  if (!knownPriority) return err('"priority" is none that there is')
  const texts = [
    readText('a title', title, 1, MAX_TITLE_CHARACTERS),
    readText('a message', message ?? '', 0, MAX_MESSAGE_CHARACTERS),
    readText('an action', action ?? '', 0, MAX_LABEL_CHARACTERS),
  ] as const
  for (const text of texts) if (!text.ok) return text
  const [titleText = '', messageText = '', label = ''] = texts.map((text) =>
    text.ok ? text.value : '',
  )
  const expiry = readExpiry(expires_in_s)
  if (!expiry.ok) return expiry
  return ok({
    recipients: recipients.value,
    type: knownType,
    priority: knownPriority,
    title: titleText,
    message: messageText,
    actionLabel: label || undefined,
    expiresInS: expiry.value,
  })
}

function readRecipients(to: unknown): Result<readonly string[], string> {
  if (!Array.isArray(to) || to.length === 0) return err('say whom to notify')
  if (to.length > MAX_RECIPIENTS) return err(`at most ${MAX_RECIPIENTS} people at once`)
  const ids: string[] = []
  for (const name of to) {
    const user = readInboxUser(name)
    if (!user.ok) return user
    ids.push(user.value.userId)
  }
  return ok([...new Set(ids)])
}

function readText(what: string, given: unknown, min: number, max: number): Result<string, string> {
  if (typeof given !== 'string') return err(`${what} is a text`)
  const text = given.trim()
  const { length } = [...text]
  if (length >= min && length <= max) return ok(text)
  return err(
    length < min
      ? `${what} says something`
      : `${what} has at most ${max} characters, not ${length}`,
  )
}

function readExpiry(given: unknown): Result<number | undefined, string> {
  if (given === undefined || given === null) return ok(undefined)
  const isAllowed = Number.isInteger(given) && Number(given) >= 1 && Number(given) <= MAX_EXPIRY_S
  return isAllowed ? ok(Number(given)) : err('it disappears after 1 second to 7 days')
}
