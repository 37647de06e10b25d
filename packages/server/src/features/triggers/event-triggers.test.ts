import { setImmediate } from 'node:timers/promises'
import { defineChannel, type JsonValue, RealtimeError } from '@coterie/protocol'
import { createTestHub, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Logger } from '../../ports/logger.ts'
import type { EventContext, TriggerHandler } from './trigger.ts'

const ROOM = 'room:1'

async function createScene(options: { readonly maxWaiting?: number } = {}) {
  const logged: Record<string, unknown>[] = []
  const note = (fields: Readonly<Record<string, unknown>>): void => void logged.push(fields)
  const logger: Logger = { debug() {}, info() {}, warn: note, error: note }
  const world = await createTestHub({ users: ['ada', 'bob'], logger, triggers: options })
  for (const user of [world.ada, world.bob]) await user.subscribe(ROOM)
  return { ...world, logged }
}

describe('a trigger', () => {
  it('is told what a client publishes, where, and who it is', async () => {
    const { hub, connect } = await createScene()
    const told: EventContext<JsonValue, { id: string }>[] = []
    hub.trigger('room:{id}', 'draw', (context) => void told.push(context))
    const principal = testPrincipal('cleo', { tenant: 'acme', profile: { name: 'Cleo' } })
    const cleo = await connect('cleo', 0, principal)
    await cleo.subscribe(ROOM)
    await cleo.publish(ROOM, 'draw', { x: 1 }, { message_id: 'm1' })
    expect(told).toMatchObject([
      {
        event: 'draw',
        channel: ROOM,
        params: { id: '1' },
        input: { x: 1 },
        messageId: 'm1',
        auth: { userId: 'cleo', tenant: 'acme', profile: { name: 'Cleo' } },
        connection: { id: cleo.socket.connectionId, subscriptions: [ROOM] },
        signal: expect.any(AbortSignal),
      },
    ])
  })

  it.each<[string, string, string | { event: string }, string[]]>([
    ['an event by its name', 'room:*', 'draw', ['draw']],
    ['every event', 'room:#', '*', ['draw', 'join', '*']],
    ['an event that is called as something else is', 'room:*', { event: 'join' }, ['join']],
    ['an event that is called *', 'room:*', { event: '*' }, ['*']],
    ['one channel', 'room:1', 'draw', ['draw']],
    ['nothing of other channels', 'room:2', '*', []],
  ])('runs for %s', async (_, channels, event, expected) => {
    const { hub, ada } = await createScene()
    const ran: string[] = []
    hub.trigger(channels, event, (context) => void ran.push(context.event))
    for (const name of ['draw', 'join', '*']) await ada.publish(ROOM, name, null)
    expect(ran).toEqual(expected)
  })

  it('does not run for what the server publishes, and no more once it is removed', async () => {
    const { hub, ada, bob } = await createScene()
    let runs = 0
    const remove = hub.trigger('room:*', '*', async ({ channel, publish }) => {
      runs += 1
      await publish(channel, 'answer', runs)
    })
    await ada.publish(ROOM, 'ask', null)
    await hub.publish(ROOM, 'ask', null)
    expect(await hub.realtimeEvent({ channel: 'room:*', event: 'ask', data: 2 })).toMatchObject({
      value: { channels: 1, receivers: 2 },
    })
    remove()
    remove()
    await ada.publish(ROOM, 'ask', 3)
    await bob.sees('event', { payload: 3 })
    expect(runs).toBe(1)
    expect(bob.payloads(ROOM)).toEqual([1, null, null, 2, 3])
  })

  it('answers the client, who gets its reply as before', async () => {
    const { hub, ada } = await createScene()
    hub.trigger('room:*', 'nothing', () => {})
    hub.trigger('room:*', 'value', () => ({ saved: true }))
    hub.trigger('room:*', 'null', ({ reply }) => {
      reply(null)
      return 'later'
    })
    hub.trigger('room:*', 'null', () => 'later still')
    expect(await ada.publish(ROOM, 'nothing', 1)).not.toHaveProperty('result')
    expect(await ada.publish(ROOM, 'value', 1)).toMatchObject({
      position: expect.any(String),
      duplicate: false,
      result: { saved: true },
    })
    expect(await ada.publish(ROOM, 'null', 1)).toMatchObject({ result: null })
  })

  it('may append something else, which those after it see', async () => {
    const { hub, ada, bob } = await createScene()
    const seen: JsonValue[] = []
    hub.trigger('room:*', 'say', ({ input, replace }) => replace(`${input}!`))
    hub.trigger('room:*', 'say', async ({ input, replace }) => {
      seen.push(input)
      replace([input])
    })
    await ada.publish(ROOM, 'say', 'hi')
    await bob.sees('event', { event: 'say', payload: ['hi!'] })
    expect(seen).toEqual(['hi!'])
  })

  it('runs after those that were registered before, whatever their patterns', async () => {
    const { hub, ada } = await createScene()
    const order: string[] = []
    for (const pattern of ['#', ROOM, 'room:#', 'room:*']) {
      hub.trigger(pattern, 'say', () => void order.push(pattern))
    }
    await ada.publish(ROOM, 'say', 1)
    expect(order).toEqual(['#', ROOM, 'room:#', 'room:*'])
  })

  it('may append nothing, and asks nobody else then', async () => {
    const { hub, ada, bob } = await createScene()
    let isAsked = false
    hub.trigger('room:*', 'command', ({ stop }) => {
      stop()
      return 'done'
    })
    hub.trigger('room:*', 'command', () => {
      isAsked = true
    })
    const reply = await ada.publish(ROOM, 'command', 1, { message_id: 'c1' })
    expect(reply).toEqual({ duplicate: false, id: 'c1', result: 'done' })
    expect(await ada.history(ROOM)).toMatchObject({ events: [] })
    expect(bob.payloads(ROOM)).toEqual([])
    expect(isAsked).toBe(false)
  })

  const refusal = new RealtimeError('conflict', 'not now', { details: { again_in_ms: 5 } })
  it.each<[string, TriggerHandler<EventContext>]>([
    ['throws', () => Promise.reject(refusal)],
    ['returns', () => refusal],
  ])('refuses by an error that it %s', async (_, handler) => {
    const { hub, ada, bob, logged } = await createScene()
    hub.trigger('room:*', 'say', handler)
    await expect(ada.publish(ROOM, 'say', 1)).rejects.toMatchObject({
      code: 'conflict',
      message: 'not now',
      details: { again_in_ms: 5 },
    })
    await bob.publish(ROOM, 'other', 2)
    expect(await ada.history(ROOM)).toMatchObject({ events: [{ event: 'other' }] })
    expect(logged).toEqual([])
    expect(hub.triggerFigures()).toMatchObject({ 'room:* say': { runs: 1, refusals: 1 } })
  })

  it.each<[string, TriggerHandler<EventContext>]>([
    ['throws', () => Promise.reject(new Error('secret'))],
    ['answers what JSON cannot carry', () => (() => {}) as never],
    ['replaces by what JSON cannot carry', ({ replace }) => replace(undefined as never)],
  ])('that %s fails for itself alone, and the log knows why', async (_, handler) => {
    const { hub, ada, bob, logged } = await createScene()
    hub.trigger('room:*', 'say', handler, { name: 'chat' })
    const published = ada.publish(ROOM, 'say', 1)
    await expect(published).rejects.toMatchObject({ code: 'internal' })
    await expect(published).rejects.not.toThrow('secret')
    expect(logged).toMatchObject([
      { trigger: 'chat', channel: ROOM, event: 'say', error: expect.any(Error) },
    ])
    expect(await bob.publish(ROOM, 'other', 1)).toMatchObject({ duplicate: false })
    expect(ada.closed).toBeUndefined()
    expect(hub.triggerFigures()).toMatchObject({ chat: { runs: 1, refusals: 0, failures: 1 } })
  })

  it('is over after its time: the client is told, and what comes late is dropped', async () => {
    const { hub, ada, bob, clock } = await createScene()
    const late = Promise.withResolvers<void>()
    let reason: unknown
    let isPublished: unknown
    hub.trigger('room:*', 'slow', async ({ signal, publish, channel }) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason
      })
      await late.promise
      isPublished = await publish(channel, 'late', 1).catch((error: unknown) => error)
      return 'late'
    })
    await expect(ada.publish(ROOM, 'slow', 1)).rejects.toMatchObject({ code: 'timeout' })
    expect(clock.elapsed()).toBeGreaterThanOrEqual(5_000)
    expect(reason).toMatchObject({ code: 'timeout' })
    late.resolve()
    await clock.settle()
    expect(isPublished).toMatchObject({ code: 'timeout' })
    expect(bob.payloads(ROOM)).toEqual([])
    expect(hub.triggerFigures()).toMatchObject({
      'room:* slow': { runs: 1, timeouts: 1, failures: 0, longestMs: 5_000 },
    })
  })

  it('is never asked about what its client may not publish', async () => {
    const { hub, connect } = await createScene()
    let isAsked = false
    hub.trigger('room:*', '*', () => {
      isAsked = true
    })
    const stranger = await connect('stranger')
    await expect(stranger.publish(ROOM, 'say', 1)).rejects.toMatchObject({ code: 'not_member' })
    expect(isAsked).toBe(false)
  })

  it('is not asked about dangerous keys', async () => {
    const { hub, ada } = await createScene()
    let isAsked = false
    hub.trigger('room:*', '*', () => {
      isAsked = true
    })
    const frame = { type: 'publish', id: 'p', channel: ROOM, event: 'say' }
    const text = JSON.stringify({ ...frame, payload: 0 }).replace(':0}', ':{"__proto__":{}}}')
    ada.sendText(text)
    await ada.sees('error', { id: 'p', code: 'invalid_payload' })
    expect(isAsked).toBe(false)
  })

  it('publishes nothing more for somebody who was banned meanwhile', async () => {
    const { hub, ada, bob } = await createScene()
    hub.trigger('room:*', 'say', async () => {
      await hub.rooms.ban('1', 'ada')
    })
    await expect(ada.publish(ROOM, 'say', 1)).rejects.toMatchObject({ code: 'forbidden' })
    expect(bob.payloads(ROOM)).toEqual([])
  })
})

describe('events of one client in one channel', () => {
  it('keep their order, with and without triggers, however long those take', async () => {
    const { hub, ada, bob, clock } = await createScene()
    const running: JsonValue[] = []
    hub.trigger('room:*', 'slow', async ({ input, publish, channel }) => {
      running.push(input)
      expect(running).toHaveLength(1)
      await new Promise<void>((resolve) => clock.setTimer(resolve, 1_000 / (input as number)))
      publish(channel, 'echo', -(input as number))
      running.pop()
    })
    for (const n of [1, 2, 3, 4]) {
      const event = n === 3 ? 'quick' : 'slow'
      ada.send({ type: 'publish', channel: ROOM, event, payload: n, message_id: `m${n}` })
    }
    await bob.publish(ROOM, 'bob', 0)
    await bob.sees('event', { payload: 4 })
    // Nobody else waits.
    expect(bob.payloads(ROOM)).toEqual([0, -1, 1, -2, 2, 3, -4, 4])
  })

  it('run their triggers once, whatever the client repeats', async () => {
    const { hub, ada, connect } = await createScene()
    let runs = 0
    hub.trigger('room:*', 'pay', async () => {
      runs += 1
      if (runs === 1) throw new RealtimeError('unavailable', 'the bank is closed')
      return runs
    })
    const pay = (user: typeof ada) => user.publish(ROOM, 'pay', 1, { message_id: 'p1' })
    await expect(pay(ada)).rejects.toMatchObject({ code: 'unavailable' })
    const first = await pay(ada)
    expect(first).toMatchObject({ duplicate: false, result: 2 })
    const tab = await connect('ada')
    await tab.subscribe(ROOM)
    expect(await pay(tab)).toEqual({ ...first, duplicate: true })
    expect(runs).toBe(2)
  })

  it('wait for their triggers up to a number', async () => {
    const { hub, ada, clock } = await createScene({ maxWaiting: 2 })
    hub.trigger('room:*', 'slow', async () => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 1_000))
    })
    for (const id of ['a', 'b', 'c']) {
      ada.send({ type: 'publish', id, channel: `${ROOM}`, event: 'slow', payload: 1 })
    }
    await ada.sees('reply', { id: 'b' })
    await ada.sees('error', { id: 'c', code: 'rate_limited' })
    expect(await ada.publish(ROOM, 'slow', 1)).toMatchObject({ duplicate: false })

    hub.trigger('message', () => new Promise<void>((resolve) => clock.setTimer(resolve, 1_000)))
    for (const id of ['d', 'e', 'f']) ada.send({ type: 'message', id, payload: 1 })
    await ada.sees('error', { id: 'f', code: 'rate_limited' })
    await ada.sees('reply', { id: 'e' })
  })
})

describe('in channels with a contract', () => {
  const document = defineChannel('document:{id}', {
    events: {
      edit: z.object({ content: z.string().trim().min(1), by: z.string().default('nobody') }),
      seen: z.null(),
      slow: z.string().refine(async () => {
        await setImmediate()
        return true
      }),
    },
  })

  async function openDocument() {
    const world = await createTestHub({
      users: ['ada'],
      contracts: [document],
      channels: { 'document:*': { history: true } },
    })
    await world.ada.subscribe('document:7')
    return world
  }

  it('a trigger sees what its schema made, and what it replaces is checked again', async () => {
    const { hub, ada } = await openDocument()
    const seen: string[] = []
    hub.trigger(document, 'edit', ({ input, params, replace }) => {
      seen.push(`${params.id} ${input.by}: ${input.content}`)
      replace({ content: input.content.replace('x', '') })
    })
    await ada.publish('document:7', 'edit', { content: ' axb ' })
    expect(seen).toEqual(['7 nobody: axb'])
    expect(await ada.history('document:7')).toMatchObject({
      events: [{ payload: { content: 'ab', by: 'nobody' } }],
    })
    await expect(ada.publish('document:7', 'edit', { content: 'x' })).rejects.toMatchObject({
      code: 'invalid_payload',
    })
    await expect(ada.publish('document:7', 'edit', { content: 1 })).rejects.toMatchObject({
      code: 'invalid_payload',
    })
    expect(seen).toEqual(['7 nobody: axb', '7 nobody: x'])
  })

  it('an event waits for what its trigger publishes, awaited or not', async () => {
    const { hub, ada } = await openDocument()
    hub.trigger(document, 'seen', ({ channel, publish }) => void publish(channel, 'slow', 'first'))
    await ada.publish('document:7', 'seen', null)
    expect(ada.payloads('document:7')).toEqual(['first', null])
  })

  it('knows the types of its events', async () => {
    const { hub } = await openDocument()
    hub.trigger(document, 'seen', ({ input }) => {
      const nothing: null = input
      return nothing
    })
    // @ts-expect-error there is no such event
    hub.trigger(document, 'delete', () => {})
    hub.trigger('document:{id}', 'edit', ({ params }) => {
      // @ts-expect-error there is no such placeholder
      return params.name as string
    })
    hub.trigger(document, 'join', ({ params, auth }) => void [params.id, auth.userId])
    // @ts-expect-error what happens before the append has no attempts
    hub.trigger(document, 'edit', ({ attempt }) => attempt)
    const durable = { durable: 'edits' } as const
    hub.trigger(document, 'edit', ({ input, attempt }) => `${input.content}${attempt}`, durable)
  })
})

describe('registering', () => {
  const nothing = () => {}
  it.each<[string, unknown[], string]>([
    ['no pattern', ['room *', 'say', nothing], '"room *": expected a channel'],
    ['a bad template', ['room:{a}b', 'say', nothing], 'is not a placeholder'],
    ['no handler', ['room:*', 'say'], 'a trigger needs a handler'],
    ['no event', ['room:*', '', nothing], 'expected the name of an event'],
    ['an event of connections', ['room:*', 'connect', nothing], 'trigger("connect", handler)'],
    ['an unknown event of connections', ['say', nothing], '"say": expected connect, disconnect'],
    ['no time', ['room:*', 'say', nothing, { timeoutMs: 0 }], 'timeoutMs is 0'],
    ['a durable join', ['room:*', 'join', nothing, { durable: 'a' }], 'join: only events'],
    ['no name', ['room:*', 'say', nothing, { durable: '' }], 'durable is ""'],
    ['no attempts', ['room:*', 'x', nothing, { durable: 'a', attempts: 0 }], 'attempts is 0'],
    ['no history', ['lobby', 'say', nothing, { durable: 'a' }], '"lobby" matches keeps history'],
    [
      'a contract that the hub does not know',
      [defineChannel('room:{id}'), 'say', nothing],
      'give it to the hub in "contracts"',
    ],
  ])('refuses %s', async (_, given, message) => {
    const { hub } = await createScene()
    const register = hub.trigger as unknown as (...given: unknown[]) => () => void
    expect(() => register(...given)).toThrow(TypeError)
    expect(() => register(...given)).toThrow(message)
  })

  it('refuses two durable triggers of one name', async () => {
    const { hub } = await createScene()
    hub.trigger('room:*', 'a', nothing, { durable: 'one' })
    expect(() => hub.trigger('room:*', 'b', nothing, { durable: 'one' })).toThrow('this name')
  })
})
