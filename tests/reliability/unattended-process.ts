import { type ClientStatus, WebSocketClient } from '@coterie/client'
import { RealtimeError, type UserId } from '@coterie/protocol'
import { createHub, type Principal } from '@coterie/server'
import { callEverything, type STATES, TRANSPORTS } from './unattended-calls.ts'

type State = (typeof STATES)[number]
type Transport = (typeof TRANSPORTS)[number]

const state = process.argv[2] as State
// Nobody listens there.
const NOWHERE = 'ws://127.0.0.1:1'
const silent = () => {}
const logger = { debug: silent, info: silent, warn: silent, error: silent }

const hub = createHub({
  authenticator: {
    authenticate: async (token) =>
      token === 'wrong'
        ? { ok: false, error: new RealtimeError('unauthorized', 'the token is not valid') }
        : { ok: true, value: createPrincipal(token) },
  },
  channels: { 'room:*': { presence: true, state: true } },
  logger,
})
const url = (await hub.listen({ port: 0 })).replace('http', 'ws')

function becomes(client: WebSocketClient, wanted: ClientStatus): Promise<void> {
  const { status } = client.connection
  return new Promise((resolve) => {
    const check = (): void => {
      if (status() === wanted) resolve()
    }
    status.subscribe(check)
    check()
  })
}

function createPrincipal(userId: string): Principal {
  return {
    userId: userId as UserId,
    isAnonymous: false,
    tenant: undefined,
    grants: [],
    profile: undefined,
    expiresAtMs: undefined,
  }
}

/** Makes a client that stands where it is asked to. */
async function createClientIn(wanted: State, transport: Transport): Promise<WebSocketClient> {
  const client = new WebSocketClient({
    url: wanted === 'reconnecting' ? NOWHERE : url,
    token: wanted === 'refused' ? 'wrong' : 'ada',
    transports: [transport],
    onError: () => {
      throw new Error('a handler that throws')
    },
    environment: { reportError: silent },
  })
  if (wanted === 'idle') return client
  client.connect()
  if (wanted === 'connecting') return client
  if (wanted === 'refused' || wanted === 'reconnecting') await becomes(client, wanted)
  else await becomes(client, 'connected')
  if (wanted === 'joining') void client.connection.channel('room:1').subscribe()
  if (wanted === 'joined') await client.connection.channel('room:1').subscribe()
  if (wanted === 'disconnected') client.disconnect()
  return client
}

for (const transport of TRANSPORTS) {
  for (const waitsForAnswers of [false, true]) {
    const client = await createClientIn(state, transport)
    callEverything(client)
    // As long as it takes to be answered, where there is a server to answer.
    if (waitsForAnswers) await fetch(`${url.replace('ws', 'http')}/health/live`)
    client.disconnect()
    callEverything(client)
  }
}
await hub.close()
process.on('exit', (code) => {
  if (code === 0) console.log('lived on')
})
