import { createHub, type Hub } from '@coterie/server'
import { SignJWT } from 'jose'
import { onTestFinished } from 'vitest'

/** A secret and a key, as long as they have to be. */
export const SECRET = 'a secret for the servers of the guides'
export const SERVER_KEY = 'a server key for the guides'

/** Addresses that the guides show in the place of a real one. */
const SHOWN_ADDRESSES = /(?<=(?:http|ws)s?:\/\/)(?:127\.0\.0\.1:8080|localhost:8080|example\.com)/g

/** A server as the guides talk to, and what a program that they show needs of it. */
export interface GuideServer {
  readonly hub: Hub
  /** Of programs that the guides show. */
  readonly environment: NodeJS.ProcessEnv
  /** Puts the address of this server in the place of those that are shown. */
  readonly address: (text: string) => string
}

/** Starts such a server for the current test. */
export async function startGuideServer(): Promise<GuideServer> {
  const hub = createHub({
    engine: 'memory',
    store: 'memory',
    jwtSecret: SECRET,
    apiKeys: [SERVER_KEY],
    // As `coterie dev` has it, for those who bring no token.
    anonymous: true,
    channels: {
      'room:*': { subscribe: 'public', history: true, presence: true, state: true },
      'document:*': { history: true, state: { persist: true } },
      'new-posts': {},
    },
  })
  onTestFinished(() => hub.close())
  await hub.rooms.create('board-1', { password: 'open sesame' })
  const made = await hub.notifications.create({ title: 'Read', message: '', recipients: ['ada'] })
  if (!made.ok) throw made.error
  const url = await hub.listen({ port: 0 })
  return {
    hub,
    environment: {
      PATH: process.env.PATH,
      PORT: '0',
      HUB: url,
      COTERIE_URL: url,
      COTERIE_TOKEN: await tokenOf('ada'),
      COTERIE_NOTIFICATION: made.value.id,
      COTERIE_API_KEY: SERVER_KEY,
      JWT_SECRET: SECRET,
      OLD_JWT_SECRET: `an older one: ${SECRET}`,
      WEBHOOK_SECRET: 'a secret of webhooks, long enough',
      SMTP_URL: 'smtp://127.0.0.1:2525',
    },
    address: (text) =>
      text
        .replaceAll('wss://', 'ws://')
        .replaceAll(SHOWN_ADDRESSES, new URL(url).host)
        .replaceAll(`https://${new URL(url).host}`, url)
        // One fixed port would be taken by whatever else runs here.
        .replaceAll('.listen(3000)', '.listen(0)'),
  }
}

/** Signs a token of a user. */
function tokenOf(user: string): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET))
}
