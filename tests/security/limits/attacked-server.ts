import { createHub, type Hub, type HubOptions } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { expect, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

/** The key that does everything. */
export const SERVER_KEY = 'the key of the application itself'
/** When waiting for a normal client's event is given up, in ms; usually it comes at once. */
const PATIENCE_MS = 60_000

/** A hub on a port of its own, for tests that attack it. */
export interface AttackedServer {
  readonly hub: Hub
  readonly port: number
  /** Its address with the prefix of its paths. */
  readonly url: string
}

/** Starts a hub for as long as the current test runs; a token is a user's name. */
export async function startAttacked(options: HubOptions = {}): Promise<AttackedServer> {
  const hub = createHub({
    authenticator: nameAuthenticator,
    apiKeys: [SERVER_KEY],
    channels: { 'room:*': { history: true } },
    ...options,
  })
  const address = await hub.listen({ port: 0 })
  onTestFinished(() => hub.close())
  return { hub, port: Number(new URL(address).port), url: `${address}/api/realtime` }
}

/** Shows that somebody else connects, publishes and hears it. */
export async function expectServes(
  { url }: AttackedServer,
  headers: Record<string, string> = {},
): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers })
  const heard: unknown[] = []
  const frames = [
    { type: 'auth', token: 'bystander' },
    { type: 'subscribe', channel: 'room:quiet' },
    { type: 'publish', channel: 'room:quiet', event: 'e', payload: 'still here' },
  ]
  try {
    await new Promise<void>((resolve, reject) => {
      setTimeout(() => reject(new Error('the server no longer serves others')), PATIENCE_MS).unref()
      socket.once('error', reject)
      socket.on('open', () => {
        for (const frame of frames) socket.send(JSON.stringify(frame))
      })
      socket.on('message', (data) => {
        const { type, payload } = JSON.parse(String(data)) as { type: string; payload: unknown }
        if (type !== 'event') return
        heard.push(payload)
        resolve()
      })
    })
  } finally {
    socket.terminate()
  }
  expect(heard).toEqual(['still here'])
}
