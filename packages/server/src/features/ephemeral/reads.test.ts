import { createTestHub, type TestUser, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'

const receipts = (user: TestUser) =>
  user.frames.flatMap((frame) =>
    frame.type === 'ephemeral' && frame.event_type === 'read_receipt' ? [frame] : [],
  )

const read = (user: TestUser, eventId: string, channel = 'room:1') =>
  user.request({ type: 'read', channel, event_id: eventId })

async function inRoom(nodes = 1) {
  const world = await createTestHub({
    users: ['ada', 'bob'],
    nodes,
    channels: { 'room:*': { subscribe: 'public', history: { size: 5_000 } }, plain: {} },
  })
  const { ada, bob } = world
  for (const user of [ada, bob]) await user.subscribe('room:1')
  const publish = async (count: number) => {
    for (let n = 1; n <= count; n += 1) {
      await world.hub.publish('room:1', 'message', n, { messageId: `m${n}` })
    }
  }
  await publish(3)
  const marks = async () =>
    [...(await world.hub.ephemeral.readMarks('room:1'))].map(([user, mark]) => [user, mark.eventId])
  return { ...world, publish, marks }
}

it('keeps how far a user has read, and tells the others', async () => {
  const { ada, bob, hub, clock } = await inRoom()
  const atMs = clock.now()
  expect(await read(ada, 'm2')).toEqual({})
  const marks = await hub.ephemeral.readMarks('room:1')
  expect(marks.get('ada')).toMatchObject({ eventId: 'm2', position: { offset: 2 } })
  expect(marks.get('ada')?.readAtMs).toBeGreaterThanOrEqual(atMs)
  expect(await bob.sees('ephemeral', { event_type: 'read_receipt' })).toMatchObject({
    room_id: '1',
    channel: 'room:1',
    user_id: 'ada',
    data: { event_id: 'm2', read_by: 1, readers: [{ user_id: 'ada', event_id: 'm2' }] },
  })
})

it('never moves a mark back, and answers all the same', async () => {
  const { ada, bob, clock, marks } = await inRoom()
  await read(ada, 'm3')
  await clock.advance(1_000)
  expect(await read(ada, 'm1')).toEqual({})
  expect(await read(ada, 'm3')).toEqual({})
  await clock.advance(1_000)
  expect(await marks()).toEqual([['ada', 'm3']])
  expect(receipts(bob)).toHaveLength(1)
})

it('keeps the furthest of what two tabs of a user say at once', async () => {
  const { ada, connect, marks } = await inRoom()
  const tab = await connect('ada')
  await tab.subscribe('room:1')
  await Promise.all([read(ada, 'm3'), read(tab, 'm1'), read(tab, 'm2')])
  expect(await marks()).toEqual([['ada', 'm3']])
})

it('keeps the furthest of what a user says on two nodes at once', async () => {
  const { ada, connect, publish, hubs } = await inRoom(2)
  await publish(40)
  const tab = await connect('ada', 1)
  await tab.subscribe('room:1')
  const said: Promise<unknown>[] = []
  for (let n = 20; n > 0; n -= 1) {
    said.push(read(n % 2 === 0 ? ada : tab, `m${n}`), read(n % 2 === 0 ? tab : ada, `m${n + 10}`))
  }
  await Promise.all(said)
  for (const hub of hubs) {
    expect((await hub.ephemeral.readMarks('room:1')).get('ada')?.eventId).toBe('m30')
  }
})

it('begins anew in a new life of the log', async () => {
  const { ada, clock, hub, marks } = await inRoom()
  await read(ada, 'm3')
  await clock.advance(2 * 3_600_000)
  await ada.connect()
  await ada.subscribe('room:1')
  await hub.publish('room:1', 'message', 1, { messageId: 'later' })
  await read(ada, 'later')
  expect(await marks()).toEqual([['ada', 'later']])
})

it.each([
  ['an event that is not in the log', 'room:1', 'nothing', 'not_found'],
  ['an event of another room', 'room:1', 'elsewhere', 'not_found'],
  ['who is not in the channel', 'room:2', 'elsewhere', 'not_member'],
])('refuses %s', async (_, channel, eventId, code) => {
  const { ada, hub, marks } = await inRoom()
  await ada.subscribe('plain')
  await hub.publish('room:2', 'message', 1, { messageId: 'elsewhere' })
  await expect(read(ada, eventId, channel)).rejects.toMatchObject({ code })
  expect(await marks()).toEqual([])
})

it('finds an event far back in the log', async () => {
  const { ada, publish, marks } = await inRoom()
  await publish(2_500)
  await read(ada, 'm2')
  expect(await marks()).toEqual([['ada', 'm2']])
})

it('does not find an event that the log has let go', async () => {
  const { ada, clock } = await inRoom()
  await clock.advance(300_000)
  await ada.connect()
  await ada.subscribe('room:1')
  await expect(read(ada, 'm1')).rejects.toMatchObject({ code: 'not_found' })
})

it('tells of many readers with one frame a window', async () => {
  const { bob, clock, connect } = await inRoom()
  const readers: TestUser[] = []
  for (let n = 0; n < 30; n += 1) {
    const reader = await connect(`reader${n}`)
    await reader.subscribe('room:1')
    readers.push(reader)
  }
  await Promise.all(readers.map((reader, n) => read(reader, n < 10 ? 'm2' : 'm3')))
  await clock.advance(250)
  expect(receipts(bob).map(({ data }) => data)).toEqual([{ event_id: 'm3', read_by: 20 }])
  await read(bob, 'm3')
  await clock.advance(250)
  expect(receipts(bob).at(-1)).toMatchObject({
    user_id: 'bob',
    data: { event_id: 'm3', read_by: 21, readers: [{ user_id: 'bob', event_id: 'm3' }] },
  })
})

it.each([1, 2])('tells of two who read at once as of two, on %i nodes', async (nodes) => {
  const { hubs, connect, clock } = await inRoom(nodes)
  const [cat, dan] = [await connect('cat', 0), await connect('dan', nodes - 1)]
  for (const user of [cat, dan]) await user.subscribe('room:1')
  const told: string[][] = hubs.map(() => [])
  for (const [node, hub] of hubs.entries()) {
    await hub.ephemeral.subscribeRoom('1', (event) => {
      if (event.type !== 'read_receipt') return
      const { event_id: eventId } = event.data as { event_id: string }
      told[node]?.push(`${event.userId} read up to ${eventId}`)
    })
  }
  await Promise.all([read(cat, 'm3'), read(dan, 'm1')])
  await clock.advance(250)
  expect(told).toEqual(hubs.map(() => ['dan read up to m1', 'cat read up to m3']))
})

it('tells of 25 who read at once one by one', async () => {
  const { bob, clock, connect } = await inRoom()
  const readers: TestUser[] = []
  for (let n = 0; n < 25; n += 1) {
    const reader = await connect(`reader${n}`)
    await reader.subscribe('room:1')
    readers.push(reader)
  }
  await Promise.all(readers.map((reader, n) => read(reader, n < 10 ? 'm2' : 'm3')))
  await clock.advance(250)
  const told = receipts(bob).map(({ user_id, data }) => [user_id, data])
  expect(new Set(told.map(([userId]) => userId))).toHaveLength(25)
  expect(told.map(([, data]) => data)).toEqual(
    told.map(([userId], at) => {
      const eventId = at < 10 ? 'm2' : 'm3'
      const readBy = at < 10 ? 25 : 15
      return {
        event_id: eventId,
        read_by: readBy,
        readers: [{ user_id: userId, event_id: eventId }],
      }
    }),
  )
})

describe('where no history is kept', () => {
  async function inPlain(nodes = 1) {
    const world = await inRoom(nodes)
    const far = await world.connect('far', nodes - 1)
    for (const user of [world.ada, world.bob, far]) await user.subscribe('plain')
    return { ...world, far }
  }

  it.each([1, 2])('tells of each who reads, and keeps nothing, on %i nodes', async (nodes) => {
    const { ada, bob, far, hub, clock } = await inPlain(nodes)
    expect(await read(ada, 'm1', 'plain')).toEqual({})
    await Promise.all([read(ada, 'm2', 'plain'), read(bob, 'm1', 'plain')])
    await clock.advance(250)
    for (const user of [ada, far]) {
      expect(receipts(user).map(({ channel, user_id, data }) => [channel, user_id, data])).toEqual([
        [
          'plain',
          'ada',
          { event_id: 'm2', read_by: 1, readers: [{ user_id: 'ada', event_id: 'm2' }] },
        ],
        [
          'plain',
          'bob',
          { event_id: 'm1', read_by: 1, readers: [{ user_id: 'bob', event_id: 'm1' }] },
        ],
      ])
    }
    expect([...(await hub.ephemeral.readMarks('plain'))]).toEqual([])
  })

  it('tells once of more than 25', async () => {
    const { bob, clock, connect } = await inPlain()
    for (let n = 0; n < 30; n += 1) {
      const reader = await connect(`reader${n}`)
      await reader.subscribe('plain')
      reader.send({ type: 'read', channel: 'plain', event_id: `m${n}` })
    }
    await clock.advance(250)
    expect(receipts(bob).map(({ user_id, data }) => [user_id, data])).toEqual([
      ['reader29', { event_id: 'm29', read_by: 30 }],
    ])
  })

  it('tells callbacks of the room what the application says for somebody', async () => {
    const { hub, clock } = await createTestHub({ channels: { 'room:*': {} } })
    const told: unknown[] = []
    await hub.ephemeral.subscribeRoom('7', ({ type, userId, data }) => {
      told.push([type, userId, data])
    })
    expect(await hub.ephemeral.publishReadReceipt('7', 'eve', 'evt-789')).toMatchObject({
      ok: true,
    })
    await clock.advance(250)
    expect(told).toEqual([
      ['read_receipt', 'eve', expect.objectContaining({ event_id: 'evt-789' })],
    ])
  })

  it('refuses who is not in the channel', async () => {
    const { ada } = await inRoom()
    await expect(read(ada, 'm1', 'plain')).rejects.toMatchObject({ code: 'not_member' })
  })

  it('tells nothing more once the hub is closed', async () => {
    const { ada, hub, clock } = await inPlain()
    await read(ada, 'm1', 'plain')
    void hub.close()
    await clock.advance(1_000)
    expect(receipts(ada)).toEqual([])
  })
})

it('counts the readers of all nodes', async () => {
  const { ada, bob, clock } = await inRoom(2)
  await Promise.all([read(ada, 'm1'), read(bob, 'm2')])
  await clock.advance(250)
  for (const user of [ada, bob]) {
    expect(receipts(user).map(({ data }) => data)).toEqual([
      { event_id: 'm1', read_by: 2, readers: [{ user_id: 'ada', event_id: 'm1' }] },
      { event_id: 'm2', read_by: 1, readers: [{ user_id: 'bob', event_id: 'm2' }] },
    ])
  }
})

it('forgets an anonymous user after a day, and nobody else', async () => {
  const { ada, clock, connect, marks } = await inRoom()
  const guest = await connect('guest', 0, testPrincipal('guest', { isAnonymous: true }))
  await guest.subscribe('room:1')
  await Promise.all([read(guest, 'm1'), read(ada, 'm1')])
  expect(await marks()).toHaveLength(2)
  await clock.advance(86_400_000)
  expect(await marks()).toEqual([['ada', 'm1']])
})

it('is never in the history, and does not show another user', async () => {
  const { ada, bob } = await inRoom()
  await ada.request({
    type: 'read',
    channel: 'room:1',
    event_id: 'm1',
    user_id: 'eve',
    from: 'eve',
  })
  await bob.sees('ephemeral', { event_type: 'read_receipt', user_id: 'ada' })
  expect((await ada.history('room:1')).events).toHaveLength(3)
})

it('names the field that is wrong', async () => {
  const { ada } = await inRoom()
  await expect(ada.request({ type: 'read', channel: 'room:1' })).rejects.toMatchObject({
    code: 'bad_frame',
    details: { field: 'event_id' },
  })
})
