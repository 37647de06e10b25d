import { eventName, HALF_CHARACTER, isOfLength, type ServerFrame } from '@coterie/protocol'
import type { FieldProblem } from '../../core/field-problem.ts'
import type { EventPriority, ServerSentEvent } from './connection-service.ts'

const PRIORITIES: readonly EventPriority[] = ['low', 'normal', 'high', 'urgent']
const MAX_RETRY_MS = 2 ** 31 - 1
const MAX_ID_CHARACTERS = 200
const FORBIDDEN = /[\r\n\0]/

/** Each means something to those who read a stream: every frame of the protocol is here. */
const RESERVED_NAMES = {
  connection: 'a frame',
  reply: 'a frame',
  error: 'a frame',
  event: 'a frame',
  presence: 'a frame',
  state: 'a frame',
  ephemeral: 'a frame',
  notification: 'a frame',
  inbox: 'a frame',
  // Streams get those of `sendMessage` too, and a browser takes it for an event without a name.
  message: 'a frame',
  gap: 'a frame',
  unsubscribed: 'a frame',
  token_expiring: 'a frame',
  ping: 'a frame',
  pong: 'a frame',
  close: 'the end of a stream',
  open: "a browser's own event",
} as const satisfies Record<ServerFrame['type'] | 'close' | 'open', string>

/** Says what is wrong with an event; undefined when nothing is. */
export function streamEventProblem({
  id,
  event,
  data,
  priority,
  retry,
  comment,
}: ServerSentEvent): FieldProblem | undefined {
  if (!isId(id)) {
    return `id: expected 1–${MAX_ID_CHARACTERS} characters without line end or NUL`
  }
  const name = eventName.safeParse(event)
  if (!name.success) return `event: ${name.error.issues[0]?.message}`
  if (FORBIDDEN.test(event)) return 'event: a name must not contain a line end or NUL'
  if (isReserved(event)) {
    return `event: ${event} names ${RESERVED_NAMES[event]} on every stream; choose another name`
  }
  if (typeof data !== 'string') return 'data: expected a text, such as JSON'
  if (!data.isWellFormed()) return `data: ${HALF_CHARACTER}`
  if (!PRIORITIES.includes(priority)) return `priority: expected one of ${PRIORITIES.join(', ')}`
  if (retry !== undefined && !isRetry(retry)) {
    return `retry: expected a whole number of ms from 0 to ${MAX_RETRY_MS}`
  }
  if (comment !== undefined && !isLine(comment)) {
    return 'comment: expected a text without line end or NUL'
  }
  return undefined
}

function isReserved(event: string): event is keyof typeof RESERVED_NAMES {
  return Object.hasOwn(RESERVED_NAMES, event)
}

function isRetry(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_RETRY_MS
}

function isId(id: unknown): boolean {
  return isLine(id) && isOfLength(id, 1, MAX_ID_CHARACTERS)
}

function isLine(text: unknown): text is string {
  return typeof text === 'string' && !FORBIDDEN.test(text) && text.isWellFormed()
}
