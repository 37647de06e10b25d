import { ok, type Result } from '@coterie/protocol'
import { readName } from '../chat/name.ts'

/** Somebody as this example knows them: whoever says the same name is the same person. */
export interface InboxUser {
  readonly userId: string
  readonly name: string
}

/**
 * Reads who is meant by a name, however it is capitalised.
 *
 * So that a notification can be sent to somebody who was never here, and two
 * windows can be two devices of one person. A real application has accounts.
 */
export function readInboxUser(given: unknown): Result<InboxUser, string> {
  const name = readName(given)
  if (!name.ok) return name
  const key = name.value.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ')
  return ok({ userId: `inbox:${key}`, name: name.value })
}
