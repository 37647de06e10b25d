import { isChannelPattern } from '@coterie/protocol'
import { ConfigError } from '@coterie/server'
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
  config: { type: 'string', description: 'Configuration file that holds jwtSecret' },
} as const

/** `coterie token`: signs a user token, to try things out with. */
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
    if (hub.jwtSecret === undefined) {
      throw new ConfigError('no secret to sign with: set COTERIE_JWT_SECRET or jwtSecret')
    }
    const signed = await new SignJWT({ tenant: args.tenant, grants: readGrants(args.grant) })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(args.user)
      .setIssuedAt()
      .setExpirationTime(args.expires)
      .sign(new TextEncoder().encode(hub.jwtSecret))
    process.stdout.write(`${signed}\n`)
  },
})

function readGrants(text: string | undefined) {
  return text?.split(';').map((grant) => {
    const separator = grant.lastIndexOf('=')
    const channels = grant.slice(0, separator)
    const actions = grant.slice(separator + 1).split(',')
    const isValid =
      separator > 0 &&
      isChannelPattern(channels) &&
      actions.every((action) => ACTIONS.includes(action))
    if (!isValid) {
      throw new ConfigError(
        `--grant is "${grant}": expected <pattern>=<action>,… with actions of ${ACTIONS.join(' ')}`,
      )
    }
    return { channels, actions }
  })
}
