import { createClient } from '@coterie/client'
import { createHub, type HubOptions } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

const ORIGIN = 'https://elsewhere.example'

/** A client of a page elsewhere, over one transport. */
async function createStranger(transport: 'websocket' | 'sse', options: HubOptions, token?: string) {
  const hub = createHub({ channels: { 'room:*': {} }, ...options })
  onTestFinished(() => hub.close())
  const url = await hub.listen({ port: 0 })
  const client = createClient({
    url,
    transports: [transport],
    ...(token !== undefined && { token }),
    environment: {
      createSocket: (address, protocols) =>
        new WebSocket(address, protocols, { origin: ORIGIN }) as never,
      fetch: (address, request) =>
        fetch(address, { ...request, headers: { ...request.headers, origin: ORIGIN } }),
    },
  })
  onTestFinished(() => client.disconnect())
  client.connect()
  return client
}

for (const transport of ['websocket', 'sse'] as const) {
  it(`says over ${transport} to callers that wait for a channel that a token is invalid`, async () => {
    const client = await createStranger(
      transport,
      { jwtSecret: 'a secret of thirty-two characters' },
      'no token at all',
    )
    const joined = client.channel('room:1').subscribe()
    await expect(joined).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(joined).rejects.toThrow(/token/)
  })

  it(`says over ${transport} that a page is not allowed, to who waits for a channel`, async () => {
    const client = await createStranger(
      transport,
      { authenticator: nameAuthenticator, allowedOrigins: ['https://here.example'] },
      'ada',
    )
    const joined = client.channel('room:1').subscribe()
    await expect(joined).rejects.toMatchObject({ code: 'forbidden' })
    await expect(joined).rejects.toThrow(/the Origin is not allowed/)
  })

  it(`says over ${transport} that a page may not be anonymous, to who waits for a channel`, async () => {
    const client = await createStranger(transport, { anonymous: true })
    const joined = client.channel('room:1').subscribe()
    await expect(joined).rejects.toMatchObject({ code: 'forbidden' })
    await expect(joined).rejects.toThrow(/allowedOrigins/)
  })
}
