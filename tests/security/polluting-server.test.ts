import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient, createInbox } from '@coterie/client'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'

const LIMITS = { frame_bytes: 65_536, json_depth: 32 }

/** A server that answers what it likes, and the address at which it does. */
async function startHostileServer(answer: (frame: { type: string; id: string }) => string[]) {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http })
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate()
    http.close()
  })
  sockets.on('connection', (socket) => {
    const connection = { type: 'connection', connection_id: 'c', session: 's', user_id: 'ada' }
    socket.send(
      JSON.stringify({ ...connection, protocol: 1, ping_interval_ms: 9_000, limits: LIMITS }),
    )
    socket.on('message', (data) => {
      for (const text of answer(JSON.parse(String(data)))) socket.send(text)
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}/api/realtime/ws`
}

const POLLUTION = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'

it.each([
  ['nothing', '{}'],
  ['something of the kind', POLLUTION],
])('a client whose state held %s is not polluted by what others say', async (_, held) => {
  const before = Reflect.ownKeys(Object.prototype)
  const entry = `{"user_id":"__proto__","connection_id":"__proto__","status":"online","data":${POLLUTION},"joined_at":"2026-01-01T00:00:00.000Z","last_seen":"2026-01-01T00:00:00.000Z"}`
  const url = await startHostileServer(({ type, id }) => {
    const reply = (payload: string) => `{"type":"reply","id":"${id}","payload":${payload}}`
    if (type !== 'subscribe') return [reply('{}')]
    return [
      reply(
        `{"channel":"room:1","position":"e:0","recovered":false,"events":[],"presence":[${entry}],"state":{"version":1,"value":${held}}}`,
      ),
      `{"type":"presence","channel":"room:1","version":2,"joins":[],"updates":[${entry}],"leaves":[]}`,
      `{"type":"state","channel":"room:1","version":2,"set":{"__proto__":{"polluted":true},"list/__proto__":${POLLUTION},"__proto__/polluted":true},"delete":["toString"],"from":null,"op_id":"o"}`,
      `{"type":"event","channel":"room:1","event":"__proto__","payload":${POLLUTION},"from":null,"id":"__proto__","timestamp":"2026-01-01T00:00:00.000Z","position":"e:1"}`,
      `{"type":"inbox","unread_count":1,"read":["__proto__"],"removed":["constructor"]}`,
      `{"type":"notification","payload":{"id":"__proto__","title":"t","message":"m","metadata":${POLLUTION}}}`,
      `{"type":"event","channel":"room:1","event":"last","payload":1,"from":null,"id":"2","timestamp":"2026-01-01T00:00:00.000Z","position":"e:2"}`,
    ]
  })
  const client = createClient({ url, token: 'ada' })
  onTestFinished(() => client.disconnect())
  const inbox = createInbox(client)
  const events: string[] = []
  const channel = client.channel('room:1', { presence: true, state: true })
  void channel.subscribe()
  channel.onAny(({ event }) => {
    events.push(event)
  })
  client.connect()
  await expect.poll(() => events).toContain('last')
  expect(Reflect.ownKeys(Object.prototype)).toEqual(before)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  // What came is there to be read, as what it is.
  expect(channel.presence.others().map(({ user_id: id }) => id)).toContain('__proto__')
  expect(Object.getPrototypeOf(channel.state.value())).toBe(Object.prototype)
  expect((channel.state.value() as { polluted?: unknown }).polluted).toBeUndefined()
  expect(channel.state.version()).toBe(2)
  expect(inbox.unreadCount()).toBe(1)
})
