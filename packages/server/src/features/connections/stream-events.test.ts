import { ok } from '@coterie/protocol'
import { createTestHub, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import type { RealtimeHub } from '../../hub.ts'
import { SseTransport } from '../../transports/sse/sse-transport.ts'
import type { ServerSentEvent, ServerSentEventRequest } from './connection-service.ts'

const update = { event: 'update', data: '{"resource_id":"post-789"}' }

/** Opens a stream whose bytes are kept, for a user or for nobody. */
async function openStream(
  hub: RealtimeHub,
  userId: string | undefined,
  channels: readonly string[] = [],
) {
  const sink = { text: '', bufferedBytes: 0, write, end() {}, destroy() {} }
  function write(bytes: Uint8Array): void {
    sink.text += Buffer.from(bytes).toString()
  }
  const transport = new SseTransport(channels, '')
  const peer = hub.connect(transport, userId === undefined ? undefined : testPrincipal(userId))
  for (const channel of channels) {
    const joined = await peer.join({ type: 'subscribe', channel })
    if (joined.ok) transport.startAt(channel, joined.value.startsAt)
  }
  transport.begin(sink)
  return {
    id: peer.id,
    sink,
    drained: () => peer.drained(),
    /** What came after the connection was announced. */
    get events(): string {
      return sink.text.split('\n\n').slice(2).join('\n\n')
    },
  }
}

function created(hub: RealtimeHub, request: ServerSentEventRequest): ServerSentEvent {
  const result = hub.sse.createEvent(request)
  if (!result.ok) throw result.error
  return result.value
}

describe('creating an event', () => {
  it('gives it an id and what was not said', async () => {
    const { hub } = await createTestHub()
    expect(hub.sse.createEvent(update)).toEqual(
      ok({ ...update, id: expect.any(String), priority: 'normal' }),
    )
    const full = {
      ...update,
      priority: 'urgent',
      retry: 3_000,
      comment: 'Resource update',
    } as const
    const first = created(hub, full)
    expect(first).toEqual({ ...full, id: expect.any(String) })
    expect(created(hub, full).id).not.toBe(first.id)
  })

  it.each([
    ['event', ''],
    ['event', 'x'.repeat(101)],
    ['event', 'update\ndata: forged'],
    ['event', 'update\r'],
    ['event', 'up\0date'],
    ['event', 'notification'],
    ['event', 'connection'],
    ['event', 'message'],
    ['event', 'close'],
    ['event', 'open'],
    ['data', undefined],
    ['data', { a: 1 }],
    ['priority', 'highest'],
    ['retry', -1],
    ['retry', 0.5],
    ['retry', 2 ** 31],
    ['retry', '1'],
    ['comment', 'one\ntwo'],
    ['comment', 'one\r'],
    ['comment', '\0'],
    ['comment', 1],
  ])('refuses as %s %j, and so does sending one put together by hand', async (field, value) => {
    const { hub } = await createTestHub()
    const stream = await openStream(hub, 'ada')
    const refused = {
      ok: false,
      error: { code: 'invalid_payload', message: expect.stringMatching(`^${field}: `) },
    }
    const made = { ...update, priority: 'normal', [field]: value } as ServerSentEventRequest
    expect(hub.sse.createEvent(made)).toMatchObject(refused)
    const forged = { ...made, id: 'x' } as ServerSentEvent
    expect(hub.sse.sendEvent(stream.id, forged)).toMatchObject(refused)
    expect(hub.sse.broadcastEvent(forged)).toMatchObject(refused)
    expect(stream.events).toBe('')
  })

  it.each(['', 'a\nid: forged', 'a\r', '\0', '\ud800', 'x'.repeat(201), 7, undefined])(
    'does not send one whose id is %j',
    async (id) => {
      const { hub } = await createTestHub()
      const stream = await openStream(hub, 'ada')
      const forged = { ...update, priority: 'normal', id } as ServerSentEvent
      const refused = {
        ok: false,
        error: { code: 'invalid_payload', message: expect.stringMatching(/^id: expected 1–200/) },
      }
      expect(hub.sse.sendEvent(stream.id, forged)).toMatchObject(refused)
      expect(hub.sse.broadcastEvent(forged)).toMatchObject(refused)
      expect(stream.events).toBe('')
    },
  )

  it.each([0, 2 ** 31 - 1])('takes %i as retry', async (retry) => {
    const { hub } = await createTestHub()
    expect(hub.sse.createEvent({ ...update, retry })).toMatchObject({ ok: true })
  })

  it('refuses what is more than a frame on the stream, line beginnings included', async () => {
    const { hub } = await createTestHub()
    const sized = (data: string) => hub.sse.createEvent({ event: 'e', data })
    const tooLarge = { ok: false, error: { code: 'too_large' } }
    const around = 'event: e\ndata: \n\n'.length
    expect(sized('x'.repeat(65_536 - around))).toMatchObject({ ok: true })
    expect(sized('x'.repeat(65_537 - around))).toMatchObject(tooLarge)
    expect(sized('€'.repeat(30_000))).toMatchObject(tooLarge)
    expect(sized('\n'.repeat(20_000))).toMatchObject(tooLarge)
  })
})

describe('sending an event', () => {
  it('writes it with the positions of the stream, so that a browser resumes by it', async () => {
    const { hub, clock } = await createTestHub()
    const stream = await openStream(hub, 'ada', ['room:1'])
    await clock.settle()
    await hub.publish('room:1', 'e', 1)
    await clock.settle()
    const epoch = /^id: ([\w-]+):1$/m.exec(stream.events)?.[1]
    const event = created(hub, { event: 'update', data: 'a\r\nb\rc\n', retry: 5, comment: 'why' })
    expect(hub.sse.sendEvent(stream.id, event)).toEqual(ok(undefined))
    await clock.settle()
    expect(stream.events.split('\n\n').slice(1).join('\n\n')).toBe(
      `id: ${epoch}:1\n: why\nretry: 5\nevent: update\ndata: a\ndata: b\ndata: c\ndata: \n\n`,
    )
  })

  it('is refused where there is no such stream of somebody known', async () => {
    const { ada, hub } = await createTestHub({ users: ['ada'] })
    const nobody = await openStream(hub, undefined)
    for (const id of ['none', ada.socket.connectionId, nobody.id]) {
      expect(hub.sse.sendEvent(id, created(hub, update))).toMatchObject({
        ok: false,
        error: { code: 'not_found' },
      })
    }
  })

  it('leaves out what is low for one who does not read, and nothing else', async () => {
    const { hub, clock } = await createTestHub({ limits: { queuedBytes: 40_000 } })
    const stream = await openStream(hub, 'ada')
    const send = (priority: 'low' | 'normal' | 'high' | 'urgent', data: string): void => {
      hub.sse.sendEvent(stream.id, created(hub, { event: 'update', data, priority }))
    }
    send('normal', 'x'.repeat(20_000))
    stream.sink.bufferedBytes = 20_000
    await clock.settle()
    for (const priority of ['normal', 'high', 'urgent'] as const) send(priority, priority)
    for (const filler of ['a', 'b', 'c', 'd', 'e']) send('low', filler.repeat(15_000))
    stream.sink.bufferedBytes = 0
    stream.drained()
    await clock.settle()
    const data = [...stream.events.matchAll(/^data: (\w+)$/gm)].map(([, each = '']) => each)
    expect(data.filter((each) => each.length < 10)).toEqual(['normal', 'high', 'urgent'])
    expect(data.length).toBeLessThan(1 + 5 + 3)
  })
})

describe('broadcasting an event', () => {
  async function createStreams() {
    const world = await createTestHub({ users: ['ada'] })
    const { hub } = world
    const streams = await Promise.all(['ada', 'bob', 'cleo'].map((user) => openStream(hub, user)))
    const nobody = await openStream(hub, undefined)
    return { ...world, streams, nobody, ids: streams.map(({ id }): string => id) }
  }

  it('reaches every stream of somebody known, and no socket', async () => {
    const { ada, clock, hub, nobody, streams } = await createStreams()
    const event = created(hub, update)
    expect(hub.sse.broadcastEvent(event)).toEqual(ok(3))
    await clock.settle()
    for (const { events } of streams) {
      expect(events).toBe(`id: ${event.id}\nevent: update\ndata: ${update.data}\n\n`)
    }
    expect(nobody.events).toBe('')
    expect(ada.frames).toHaveLength(1)
  })

  it.each<[string, number[] | undefined, number[] | undefined, number[]]>([
    ['all but those excluded', undefined, [1], [0, 2]],
    ['its recipients', [0, 2], undefined, [0, 2]],
    ['its recipients once, however often they are named', [0, 0, 2, 0], [], [0, 2]],
    ['nobody of no recipients', [], undefined, []],
    ['no recipient who is excluded too', [0, 1], [1, 2], [0]],
    ['nobody when all are excluded', undefined, [0, 1, 2], []],
  ])('reaches %s', async (_, recipients, exclude, reached) => {
    const { clock, hub, ids, streams } = await createStreams()
    const named = (indexes: number[] | undefined) => indexes?.map((index) => ids[index] ?? '')
    expect(
      hub.sse.broadcastEvent(created(hub, update), {
        recipients: named(recipients),
        exclude: named(exclude),
      }),
    ).toEqual(ok(reached.length))
    await clock.settle()
    const heard = streams.flatMap(({ events }, index) => (events === '' ? [] : [index]))
    expect(heard).toEqual(reached)
  })

  it('leaves out recipients that are no streams', async () => {
    const { ada, hub, ids, nobody } = await createStreams()
    const recipients = [...ids, 'none', nobody.id, ada.socket.connectionId]
    expect(hub.sse.broadcastEvent(created(hub, update), { recipients })).toEqual(ok(3))
  })
})
