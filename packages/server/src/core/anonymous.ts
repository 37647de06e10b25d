import { createHash } from 'node:crypto'
import type { UserId } from '@coterie/protocol'
import type { DedupKey } from '../ports/engine.ts'
import type { Principal } from '../ports/principal.ts'

const PREFIX = 'anon-'
/** 128 bits: nobody finds a secret that gives somebody else's id. */
const DIGEST_CHARACTERS = 32
/** As the client library makes ids: they hold enough chance that no two are ever the same. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/**
 * Makes the principal of somebody whom nobody vouched for.
 *
 * The same secret gives the same user, on every node and after a restart: there
 * is nothing to store. The id says nothing of the secret.
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
 * Returns by what a repetition of a client's message is known.
 *
 * Clients of earlier builds come back from a cut as another anonymous user and
 * send again what was not answered: an id that nobody guesses is then enough to
 * know the message by.
 */
export function repetitionKey(userId: string, messageId: string): DedupKey {
  const isShared = userId.startsWith(PREFIX) && UUID.test(messageId)
  return { sender: isShared ? PREFIX : userId, messageId }
}
