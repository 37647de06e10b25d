import { isoTime } from '../core/iso-time.ts'
import type { Revocation, RevocationTarget } from '../features/revocation/revocation.ts'
import type { Revocations } from '../features/revocation/revocations.ts'
import { liftRevocation, listRevocations, revokeTokens } from './contracts/revocations.ts'
import { linkNextPage } from './next-page.ts'
import type { RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** The target in a request; the service checks that it is named exactly once. */
interface NamedTarget {
  readonly user_id?: string | undefined
  readonly session_id?: string | undefined
  readonly token_id?: string | undefined
}

/** Lets an application revoke tokens, with its server key. */
export function serveRevocations(router: RestRouter, revocations: Revocations): void {
  router.serve(revokeTokens, async (context) => {
    const { reason, until: untilMs, ...target } = context.req.valid('json')
    unwrap(await revocations.revoke(readTarget(target), { reason, untilMs }))
    return context.body(null, 204)
  })

  router.serve(listRevocations, async (context) => {
    const page = unwrap(await revocations.list(context.req.valid('query')))
    if (page.next !== undefined) linkNextPage(context, { after: page.next })
    return context.json({ revocations: page.revocations.map(describeRevocation) }, 200)
  })

  router.serve(liftRevocation, async (context) => {
    unwrap(await revocations.lift(readTarget(context.req.valid('query'))))
    return context.body(null, 204)
  })
}

function readTarget(target: NamedTarget): RevocationTarget {
  const { user_id: userId, session_id: sessionId, token_id: tokenId } = target
  return { userId, sessionId, tokenId } as RevocationTarget
}

function describeRevocation({ target, reason, revokedAtMs, untilMs }: Revocation) {
  return {
    user_id: target.userId ?? null,
    session_id: target.sessionId ?? null,
    token_id: target.tokenId ?? null,
    reason,
    revoked_at: isoTime(revokedAtMs),
    until: isoTime(untilMs),
  }
}
