import { ok } from '@coterie/protocol'
import { createTestHub } from '@coterie/testing'
import { describe, expect, it } from 'vitest'

const circle: { self?: unknown } = {}
circle.self = circle

describe('a message of the server', () => {
  it('reaches one connection, plain or with its type', async () => {
    const { ada, bob, connect, hub } = await createTestHub({ users: ['ada', 'bob'] })
    const tab = await connect('ada')
    const id = ada.socket.connectionId
    const plain = hub.webSockets.sendMessage(id, 'text', 'Hello, client!')
    expect(plain).toEqual(ok({ id: expect.any(String) }))
    hub.webSockets.sendMessage(id, 'system', { a: [1, null] })
    await ada.sees('message', { event: 'system' })
    const messages = ada.frames.filter(({ type }) => type === 'message')
    expect(messages).toEqual([
      { type: 'message', payload: 'Hello, client!', id: plain.ok && plain.value.id },
      { type: 'message', payload: { a: [1, null] }, id: expect.any(String), event: 'system' },
    ])
    for (const other of [bob, tab]) {
      expect(other.frames.some(({ type }) => type === 'message')).toBe(false)
    }
  })

  it('reaches everybody who is authenticated, as the same bytes', async () => {
    const { ada, bob, connect, hub } = await createTestHub({ users: ['ada', 'bob'] })
    const tab = await connect('ada')
    const stranger = await connect(undefined)
    expect(hub.webSockets.broadcastMessage('system', 'going down in 5 minutes')).toEqual(ok(3))
    await Promise.all([ada, bob, tab].map((user) => user.sees('message')))
    expect(new Set([ada, bob, tab].map(({ texts }) => texts.at(-1))).size).toBe(1)
    expect(stranger.frames).toHaveLength(1)
  })

  it('is not counted for those who are on their way out', async () => {
    const { ada, hub } = await createTestHub({ users: ['ada', 'bob'] })
    hub.connections.disconnectUser('ada')
    expect(hub.webSockets.broadcastMessage('text', 1)).toEqual(ok(1))
    expect(hub.webSockets.sendMessage(ada.socket.connectionId, 'text', 1)).toMatchObject({
      error: { code: 'not_found' },
    })
  })

  it('is refused for a connection that is not there, or is nobody yet', async () => {
    const { connect, hub } = await createTestHub()
    const stranger = await connect(undefined)
    const send = (id: string) => hub.webSockets.sendMessage(id, 'text', 1)
    expect(send('none')).toMatchObject({ ok: false, error: { code: 'not_found' } })
    expect(send(stranger.socket.connectionId)).toMatchObject({ error: { code: 'conflict' } })
  })

  it.each([
    ['an empty type', '', 1, 'invalid_payload', /^type: /],
    ['a type that is too long', 'x'.repeat(101), 1, 'invalid_payload', /^type: /],
    ['no payload', 'text', undefined, 'invalid_payload', /^payload /],
    ['a circle', 'text', circle, 'invalid_payload', /^payload /],
    ['a number that JSON lacks', 'text', 1n, 'invalid_payload', /^payload /],
    ['a dangerous key', 'text', JSON.parse('[{"__proto__":1}]'), 'invalid_payload', /__proto__/],
    ['more than a frame holds', 'text', 'x'.repeat(65_536), 'too_large', /65536 bytes/],
    ['characters of many bytes', 'text', '€'.repeat(30_000), 'too_large', /65536 bytes/],
  ])('with %s is refused', async (_, type, payload, code, message) => {
    const { ada, hub } = await createTestHub({ users: ['ada'] })
    const refused = { ok: false, error: { code, message: expect.stringMatching(message) } }
    expect(hub.webSockets.broadcastMessage(type, payload as never)).toMatchObject(refused)
    const { connectionId } = ada.socket
    expect(hub.webSockets.sendMessage(connectionId, type, payload as never)).toMatchObject(refused)
  })
})
