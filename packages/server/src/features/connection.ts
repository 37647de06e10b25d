import { type AuthReply, err, ok, type Result, refuse } from '@coterie/protocol'
import { anonymousPrincipal } from '../core/anonymous.ts'
import type { Connection } from '../core/connection.ts'
import { answer, type Feature, pong } from '../core/feature.ts'
import { isoTime } from '../core/iso-time.ts'
import type { FailedAuthentications } from '../core/limits/failed-authentications.ts'
import type { Sessions } from '../core/sessions.ts'
import type { UserTurns } from '../core/user-turns.ts'
import type { Authenticator } from '../ports/authenticator.ts'
import type { Principal } from '../ports/principal.ts'

/** The parts of the hub that the feature needs. */
export interface ConnectionFeatureParts {
  readonly authenticator: Authenticator
  /** True lets in who brings no token. */
  readonly anonymous: boolean
  readonly failedAuths: FailedAuthentications
  readonly sessions: Pick<Sessions, 'identify'>
  readonly turns: UserTurns
}

/** Handles `auth` and `ping`: the user of a connection, and its signs of life. */
export function connectionFeature(parts: ConnectionFeatureParts): Feature {
  const { sessions, turns } = parts
  return {
    strangerFrames: {
      async auth(connection, { token, identity }) {
        const authenticated =
          token === undefined
            ? recognise(parts, connection, identity)
            : await verify(parts, connection, token)
        if (!authenticated.ok) return authenticated
        const principal = authenticated.value
        const current = connection.isProvisional ? undefined : connection.principal
        if (current && current.userId !== principal.userId) {
          return refuse('forbidden', 'a connection never changes its user; open another one')
        }
        // Many tokens may be verified at once in threads; their users are admitted in turns.
        await turns.take(connection)
        const refusal = sessions.identify(connection, principal)
        if (refusal) return refusal
        const { userId, expiresAtMs } = principal
        const reply: AuthReply = {
          user_id: userId,
          expires_at: expiresAtMs === undefined ? null : isoTime(expiresAtMs),
        }
        return answer(reply)
      },

      ping: () => pong,
    },
  }
}

function recognise(
  { anonymous }: ConnectionFeatureParts,
  { notAnonymous }: Connection,
  identity: string | undefined,
): Result<Principal> {
  if (notAnonymous) return err(notAnonymous)
  return anonymous && identity !== undefined
    ? ok(anonymousPrincipal(identity))
    : refuse('unauthorized', 'anonymous users are not let in here: send a token')
}

async function verify(
  { authenticator, failedAuths }: ConnectionFeatureParts,
  connection: Connection,
  token: string,
): Promise<Result<Principal>> {
  connection.isAuthenticating = true
  try {
    const { remoteAddress } = connection.transport
    return await failedAuths.guard(remoteAddress, () => authenticator.authenticate(token))
  } finally {
    connection.isAuthenticating = false
  }
}
