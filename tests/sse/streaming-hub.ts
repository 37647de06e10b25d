import { createHub, type Hub, type HubOptions } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { onTestFinished } from 'vitest'

/** The key that publishes as the server. */
export const SERVER_KEY = 'a server key for event streams'

/** The channels that the tests of this folder use. */
export const CHANNELS = {
  'room:*': { history: true, presence: true },
  'plain:*': {},
  'short:*': { history: { size: 3 } },
  'closed:*': { subscribe: 'granted' },
} as const satisfies HubOptions['channels']

/** A hub on a port of its own, as those who speak HTTP to it see it. */
export interface StreamingHub {
  readonly hub: Hub
  /** Its address with the prefix of its paths. */
  readonly url: string
}

/** Starts a hub for as long as the current test runs; a token is a user's name. */
export async function startStreamingHub(options: HubOptions = {}): Promise<StreamingHub> {
  const authenticator = nameAuthenticator
  const hub = createHub({ authenticator, channels: CHANNELS, apiKeys: [SERVER_KEY], ...options })
  onTestFinished(() => hub.close())
  return { hub, url: `${await hub.listen({ port: 0 })}/api/realtime` }
}

/** The header that says who is calling. */
export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

/** Publishes as the server, through the front door. */
export async function publish(url: string, channel: string, payload: unknown): Promise<void> {
  const response = await fetch(`${url}/publish`, {
    method: 'POST',
    headers: { ...bearer(SERVER_KEY), 'content-type': 'application/json' },
    body: JSON.stringify({ channel, event: 'e', payload }),
  })
  if (response.status !== 200) throw new Error(`not published: ${await response.text()}`)
}
