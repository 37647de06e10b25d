import type { ChannelEvent } from '@coterie/client'
import { readName } from './person.ts'

/** Characters of a message at most. */
export const MAX_MESSAGE_CHARACTERS = 1_000

/** How far a message has come: `taken` is with the server but not yet heard back. */
export type Delivery = 'sending' | 'taken' | 'failed' | 'sent'

/** One message, as it is shown. */
export interface Message {
  /** The same for two copies of one message, and for nothing else. */
  readonly key: string
  readonly id: string
  readonly userId: string
  /** What the message itself claims; presence knows better. */
  readonly claimedName: string | undefined
  readonly text: string
  readonly sentAt: Date
  /** Where it stands in the log; undefined until the server has it. */
  readonly position: string | undefined
}

/** Names a message: ids are chosen by senders, so one says nothing without the other. */
export function messageKey(userId: string, id: string): string {
  return `${userId}/${id}`
}

/** Reads a message; undefined for an event that is not a valid message. */
export function readMessage({
  from,
  id,
  payload,
  timestamp,
  position,
}: ChannelEvent): Message | undefined {
  if (typeof payload !== 'object' || payload === null || !('text' in payload)) return undefined
  const { text } = payload
  const userId = from?.user_id
  if (typeof text !== 'string' || text.trim() === '' || userId === undefined) return undefined
  return {
    key: messageKey(userId, id),
    id,
    userId,
    claimedName: readName(payload),
    // Other programs may write here too, and not keep to what this page allows.
    text: clip(text),
    sentAt: new Date(timestamp),
    position,
  }
}

function clip(text: string): string {
  if (text.length <= MAX_MESSAGE_CHARACTERS) return text
  const characters = [...text]
  if (characters.length <= MAX_MESSAGE_CHARACTERS) return text
  return `${characters.slice(0, MAX_MESSAGE_CHARACTERS).join('')}…`
}
