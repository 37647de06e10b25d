import { createHash } from 'node:crypto'
import type { UserId } from '@coterie/protocol'
import type { DedupKey } from '../ports/engine.ts'
import type { Principal } from '../ports/principal.ts'

const PREFIX = 'anon-'
/** 128 bits: nobody can find another secret that gives the same id. */
const DIGEST_CHARACTERS = 32
/** The format of the client library's ids: random enough to be unique. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/**
 * Makes the principal of an anonymous user.
 *
 * The same secret gives the same user, on every node and after a restart, so
 * nothing is stored. The id does not reveal the secret.
 */
export function anonymousPrincipal(identity: string): Principal {
  const digest = createHash('sha256').update(`coterie anonymous user ${identity}`).digest('hex')
  return {
    userId: `${PREFIX}${digest.slice(0, DIGEST_CHARACTERS)}` as UserId,
    isAnonymous: true,
    tenant: undefined,
    grants: [],
    profile: undefined,
    expiresAtMs: undefined,
  }
}

/**
 * Returns the key that identifies a repeated message of a client.
 *
 * Clients of earlier builds reconnect as another anonymous user and repeat
 * unanswered messages. So an id that cannot be guessed identifies a message
 * by itself.
 */
export function repetitionKey(userId: string, messageId: string): DedupKey {
  const isShared = userId.startsWith(PREFIX) && UUID.test(messageId)
  return { sender: isShared ? PREFIX : userId, messageId }
}
