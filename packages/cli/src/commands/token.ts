import { canonicalChannel, isChannelPattern } from '@coterie/protocol'
import { ConfigError, createHub, type HubConfig } from '@coterie/server'
import { defineCommand } from 'citty'
import { SignJWT } from 'jose'
import { refuseUnknownFlags } from '../server-flags.ts'
import { readSettings } from '../settings.ts'

const ACTIONS = ['subscribe', 'publish', 'presence', 'state', 'history', '*']
const DURATION = /^[1-9]\d{0,5}(s|m|h|d)$/

const FLAGS = {
  user: { type: 'positional', description: 'Id of the user', required: true },
  expires: { type: 'string', description: 'How long it is valid: 30s, 15m, 1h, 7d', default: '1h' },
  tenant: { type: 'string', description: 'Tenant of the user' },
  grant: {
    type: 'string',
    description: 'Grants, as "<pattern>=<action>,<action>", several separated by ";"',
  },
  jti: { type: 'string', description: 'Id of the token, by which it can be revoked' },
  sid: { type: 'string', description: 'Id of the sign-in, by which its tokens can be revoked' },
  config: { type: 'string', description: 'Configuration file that holds the secret' },
} as const

/** `coterie token`: signs a user token for trying things out. */
export const token = defineCommand({
  meta: { name: 'token', description: 'Print a user token signed with COTERIE_JWT_SECRET' },
  args: FLAGS,
  async run({ args }) {
    refuseUnknownFlags(args, FLAGS)
    if (!DURATION.test(args.expires)) {
      throw new ConfigError(`--expires is "${args.expires}": expected a time such as 15m, 1h or 7d`)
    }
    const { hub } = await readSettings({
      flags: { config: args.config },
      environment: process.env,
      folder: process.cwd(),
    })
    const { tenant, jti, sid, expires } = args
    const claims = { sub: args.user, tenant, jti, sid, grants: readGrants(args.grant) }
    process.stdout.write(`${await sign(claims, expires, hub)}\n`)
  },
})

async function sign(claims: object, expires: string, hub: HubConfig): Promise<string> {
  const { jwtSecret, jwt = {} } = hub
  const secret = jwtSecret ?? jwt.secrets?.[0]
  if (secret === undefined) {
    const others = (jwt.publicKeys ?? jwt.jwksUrl) ? '; a public key can only verify' : ''
    throw new ConfigError(
      `no secret to sign with: set COTERIE_JWT_SECRET, jwtSecret or jwt.secrets${others}`,
    )
  }
  const { issuer, audience } = jwt
  const token = await new SignJWT({ ...claims, iss: [issuer].flat()[0], aud: [audience].flat()[0] })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret))
  // Verified as the server verifies it, so that no token is printed that the server refuses.
  const verified = await createHub({ ...hub, engine: 'memory' }).authenticator.authenticate(token)
  if (!verified.ok) throw new ConfigError(`this server would refuse it: ${verified.error.message}`)
  return token
}

function readGrants(text: string | undefined) {
  return text?.split(';').map((grant) => {
    const separator = grant.lastIndexOf('=')
    const channels = grant.slice(0, separator)
    const actions = grant.slice(separator + 1).split(',')
    const isValid =
      separator > 0 &&
      isChannelPattern(canonicalChannel(channels)) &&
      actions.every((action) => ACTIONS.includes(action))
    if (!isValid) {
      throw new ConfigError(
        `--grant is "${grant}": expected <pattern>=<action>,… with actions of ${ACTIONS.join(' ')}`,
      )
    }
    return { channels, actions }
  })
}
