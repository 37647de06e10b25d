import { RealtimeError } from '@coterie/protocol'
import { createTestHub } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import type { Logger } from '../../ports/logger.ts'
import type { IncomingMessage, MessageHandler } from './client-messages.ts'

const hello = { type: 'message', payload: 'Hello, server!' }

async function createScene(...handlers: MessageHandler[]) {
  const logged: object[] = []
  const note = (fields: object): void => void logged.push(fields)
  const logger: Logger = { debug() {}, info() {}, warn() {}, error: note }
  const world = await createTestHub({ users: ['ada'], logger })
  const stops = handlers.map((handler) => world.hub.onMessage(handler))
  return { ...world, logged, stops }
}

describe('a message of a client', () => {
  it('is answered with null where nobody takes it', async () => {
    const { ada } = await createScene()
    expect(await ada.request(hello)).toBeNull()
  })

  it('comes with who sent it, and is answered with what the handler returns', async () => {
    const messages: IncomingMessage[] = []
    const { ada } = await createScene((message) => {
      messages.push(message)
      return { heard: message.payload }
    })
    expect(await ada.request(hello)).toEqual({ heard: 'Hello, server!' })
    expect(await ada.request({ ...hello, event: 'greeting' })).toEqual({ heard: 'Hello, server!' })
    expect(messages).toMatchObject([
      {
        connection: { id: ada.socket.connectionId, state: 'authenticated', userId: 'ada' },
        principal: { userId: 'ada' },
        event: 'text',
        payload: 'Hello, server!',
      },
      { event: 'greeting' },
    ])
  })

  it('comes without an id too, and is then not answered', async () => {
    const events: string[] = []
    const { ada } = await createScene(({ event }) => {
      events.push(event)
      return 1
    })
    ada.send({ ...hello, event: 'first' })
    await ada.request({ ...hello, event: 'second' })
    expect(events).toEqual(['first', 'second'])
    expect(ada.frames.filter(({ type }) => type === 'reply')).toHaveLength(1)
  })

  it('goes through all handlers in order, and the first value is the reply', async () => {
    const order: string[] = []
    const { ada, stops } = await createScene(
      () => void order.push('a'),
      async () => {
        order.push('b')
        return null
      },
      () => {
        order.push('c')
        return 'late'
      },
    )
    expect(await ada.request(hello)).toBeNull()
    expect(order).toEqual(['a', 'b', 'c'])
    stops[1]?.()
    expect(await ada.request(hello)).toBe('late')
    expect(order).toEqual(['a', 'b', 'c', 'a', 'c'])
  })

  it('can be taken twice by one function, each time until that is stopped', async () => {
    let calls = 0
    const count = (): void => {
      calls += 1
    }
    const { ada, stops } = await createScene(count, count)
    await ada.request(hello)
    stops[0]?.()
    stops[0]?.()
    await ada.request(hello)
    expect(calls).toBe(3)
  })

  const refusal = new RealtimeError('conflict', 'not now', { details: { again_in_ms: 5 } })
  it.each<[string, MessageHandler]>([
    ['returned', () => refusal],
    ['resolved', async () => refusal],
    ['rejected', () => Promise.reject(refusal)],
    [
      'thrown',
      () => {
        throw refusal
      },
    ],
  ])('is refused by an error that is %s, and nobody is asked after it', async (_, refuseIt) => {
    let isAsked = false
    const { ada, logged } = await createScene(refuseIt, () => {
      isAsked = true
    })
    await expect(ada.request(hello)).rejects.toMatchObject({
      code: 'conflict',
      message: 'not now',
      details: { again_in_ms: 5 },
    })
    expect(isAsked).toBe(false)
    expect(logged).toEqual([])
  })

  it.each<[string, MessageHandler]>([
    ['throws', () => Promise.reject(new Error('secret'))],
    ['returns what JSON cannot carry', () => (() => {}) as never],
    ['returns a number that JSON lacks', () => 1n as never],
  ])('is internal where a handler %s, and the log knows why', async (_, handler) => {
    const { ada, logged } = await createScene(handler)
    const answered = ada.request(hello)
    await expect(answered).rejects.toMatchObject({ code: 'internal' })
    await expect(answered).rejects.not.toThrow('secret')
    expect(logged).toMatchObject([{ trigger: 'message', error: expect.any(Error) }])
    expect(ada.closed).toBeUndefined()
  })

  it('with a dangerous key reaches nobody', async () => {
    let isAsked = false
    const { ada } = await createScene(() => {
      isAsked = true
    })
    ada.sendText('{"type":"message","id":"m","payload":{"a":{"__proto__":{}}}}')
    await ada.sees('error', { id: 'm', code: 'invalid_payload' })
    expect(isAsked).toBe(false)
  })

  it('of somebody unknown reaches nobody', async () => {
    let isAsked = false
    const { connect } = await createScene(() => {
      isAsked = true
    })
    const stranger = await connect(undefined)
    await expect(stranger.request(hello)).rejects.toMatchObject({ code: 'unauthorized' })
    expect(isAsked).toBe(false)
  })
})
