import { type ClientOptions, createClient } from '@coterie/client'
import { bindYjs, type YjsBinding } from '@coterie/client/yjs'
import { expect, it } from 'vitest'
import { applyUpdate, encodeStateAsUpdate, encodeStateVector } from 'yjs'
import { CHANNEL, HISTORY_EVENTS, HISTORY_TTL_MS, SNAPSHOT_EVERY, YjsWorld } from './yjs-world.ts'

/** Up to 20 s until the last snapshot is begun; while it is written, two are there. */
const QUIET_AND_WRITTEN_MS = 30_000
const PASTED = 'Lorem ipsum. '.repeat(1_500)

function open(world: YjsWorld, options: ClientOptions = {}, doc = world.createDoc()) {
  const environment = world.createEnvironment()
  const client = createClient({ url: 'ws://simulated', token: 'ada', environment, ...options })
  client.connect()
  const bind = (): YjsBinding =>
    bindYjs({ client, channel: CHANNEL, doc, snapshotEvery: SNAPSHOT_EVERY })
  const text = doc.getText('content')
  const binding = bind()
  return { client, environment, doc, text, bind, binding, channel: client.channel(CHANNEL) }
}

async function openTwo(options: ClientOptions = {}) {
  const world = new YjsWorld(7)
  const [first, second] = [open(world, options), open(world)]
  await world.clock.advance(1_000)
  return { world, clock: world.clock, first, second }
}

const contents = (...pages: readonly { readonly text: { toString(): string } }[]): string[] =>
  pages.map(({ text }) => text.toString())

const synced = (...pages: readonly { readonly binding: YjsBinding }[]) =>
  pages.map(({ binding }) => [binding.isSynced(), binding.error()])

const inStep = [true, null]

it('keeps what is written between disconnecting and connecting', async () => {
  const { clock, first, second } = await openTwo()
  first.text.insert(0, 'before ')
  first.client.disconnect()
  first.text.insert(0, 'between ')
  await clock.advance(5_000)
  expect(first.binding.isSynced()).toBe(false)
  first.client.connect()
  await clock.advance(5_000)
  first.text.insert(0, 'after ')
  await clock.advance(5_000)
  expect(contents(first, second)).toEqual(Array(2).fill('after between before '))
  expect(synced(first, second)).toEqual([inStep, inStep])
})

it('keeps changes made while the queue of publishes is full', async () => {
  const { clock, first, second } = await openTwo({ maxQueuedPublishes: 3 })
  for (let n = 0; n < 3; n += 1) void first.channel.publish('other', n)
  first.text.insert(0, 'kept ')
  await clock.advance(0)
  expect(synced(first)).toEqual([[false, null]])
  await clock.advance(5_000)
  first.text.insert(0, 'later ')
  await clock.advance(5_000)
  expect(contents(second)).toEqual(['later kept '])
  expect(synced(first, second)).toEqual([inStep, inStep])
})

it.each(['forbidden', 'too_large', 'internal'] as const)(
  'says what is refused (%s), and sends it with what is written next',
  async (refusal) => {
    const { world, clock, first, second } = await openTwo()
    world.refuse(refusal)
    first.text.insert(0, 'refused ')
    await clock.advance(20_000)
    expect(synced(first)).toEqual([[false, expect.objectContaining({ code: refusal })]])
    world.refuse(undefined)
    first.text.insert(0, 'taken ')
    await clock.advance(60_000)
    expect(contents(second)).toEqual(['taken refused '])
    expect(synced(first, second)).toEqual([inStep, inStep])
  },
)

it.each(['timeout', 'rate_limited', 'unavailable'] as const)(
  'sends again what is refused for a while (%s), without anybody doing anything',
  async (refusal) => {
    const { world, clock, first, second } = await openTwo()
    world.refuse(refusal)
    first.text.insert(0, 'a while')
    await clock.advance(20_000)
    expect(synced(first)).toEqual([[false, null]])
    world.refuse(undefined)
    await clock.advance(60_000)
    expect(contents(second)).toEqual(['a while'])
    expect(synced(first)).toEqual([inStep])
  },
)

it('sends what was refused after the next cut', async () => {
  const { world, clock, first, second } = await openTwo()
  world.refuse('forbidden')
  first.text.insert(0, 'refused')
  await clock.advance(1_000)
  world.refuse(undefined)
  first.environment.cut()
  await clock.advance(30_000)
  expect(contents(second)).toEqual(['refused'])
  expect(synced(first)).toEqual([inStep])
})

it('is not in step while an update is missing that others build on', async () => {
  const { world, clock, first, second } = await openTwo()
  const stranger = world.createDoc()
  stranger.getText('content').insert(0, 'first ')
  const begin = encodeStateAsUpdate(stranger)
  const known = encodeStateVector(stranger)
  stranger.getText('content').insert(6, 'second')
  const publish = (update: Uint8Array, id: string) => {
    const data = Buffer.from(update).toString('base64')
    return second.channel.publish('yjs:update', { id, part: 0, parts: 1, data })
  }
  void publish(encodeStateAsUpdate(stranger, known), 'x-2')
  await clock.advance(1_000)
  expect(synced(first, second)).toEqual(Array(2).fill([false, null]))
  for (let n = 0; n < 2 * SNAPSHOT_EVERY; n += 1) {
    first.text.insert(0, '.')
    await clock.advance(200)
  }
  expect(await world.stateKeys(), 'a snapshot is written all the same').toContain('yjs')
  const late = open(world)
  await clock.advance(5_000)
  void publish(begin, 'x-1')
  await clock.advance(60_000)
  expect(contents(late)).toEqual(contents(first))
  expect(contents(late)[0]).toContain('first second')
  expect(synced(first, second, late)).toEqual(Array(3).fill(inStep))
})

it('shares one document between two bindings, until both are destroyed', async () => {
  const { clock, first, second } = await openTwo()
  const again = first.bind()
  let events = 0
  second.channel.on('yjs:update', () => {
    events += 1
  })
  first.text.insert(0, 'one ')
  await clock.advance(1_000)
  expect(events, 'an edit is sent once').toBe(1)
  again.destroy()
  again.destroy()
  second.text.insert(0, 'two ')
  await clock.advance(1_000)
  expect(contents(first)).toEqual(['two one '])
  first.binding.destroy()
  expect(first.channel.status()).toBe('idle')
})

it('sends what was written just before it was destroyed, and no more', async () => {
  const { clock, first, second } = await openTwo()
  first.text.insert(0, 'last words')
  first.text.insert(0, 'very ')
  first.binding.destroy()
  first.text.insert(0, 'nobody hears this ')
  await clock.advance(1_000)
  expect(contents(second)).toEqual(['very last words'])
  expect(first.channel.status()).toBe('idle')
})

// What was written in between stood in a snapshot of the binding that ended, and in no log.
it('sends what was written between two bindings, though the first one had not ended', async () => {
  const { clock, first, second } = await openTwo()
  first.text.insert(0, 'one ')
  await clock.advance(1_000)
  first.environment.loseUp()
  first.text.insert(0, 'two ')
  first.binding.destroy()
  first.text.insert(0, 'three ')
  // Quiet for long enough that a snapshot is due, but the server cannot be told of it.
  await clock.advance(25_000)
  first.bind()
  await clock.advance(120_000)
  expect(contents(first, second)).toEqual(['three two one ', 'three two one '])
})

it('sends only what the channel lacks when a document is bound again', async () => {
  const { clock, first, second } = await openTwo()
  first.text.insert(0, PASTED)
  await clock.advance(5_000)
  first.binding.destroy()
  await clock.advance(1_000)
  const heard: string[] = []
  second.channel.on('yjs:update', ({ payload }) => heard.push(JSON.stringify(payload)))
  first.text.insert(0, 'meanwhile ')
  first.text.delete(20, 5)
  first.bind()
  await clock.advance(5_000)
  expect(contents(second)).toEqual(contents(first))
  expect(heard.join().length).toBeLessThan(PASTED.length / 10)
})

it('hands over a large update whole to who comes in the middle of it', async () => {
  const { world, clock, first } = await openTwo()
  first.text.insert(0, PASTED)
  for (let n = 0; n < 20; n += 1) {
    await clock.advance(40)
    open(world)
  }
  const late = open(world)
  await clock.advance(20_000)
  expect(contents(late)).toEqual([PASTED])
})

it('restarts a large update that a disconnect interrupted', async () => {
  const { world, clock, first, second } = await openTwo()
  first.text.insert(0, PASTED)
  await clock.advance(200)
  first.client.disconnect()
  await clock.advance(1_000)
  for (let n = 0; n < 2 * SNAPSHOT_EVERY; n += 1) {
    second.text.insert(0, '.')
    await clock.advance(200)
  }
  expect(synced(second)).toEqual([inStep])
  first.client.connect()
  await clock.advance(20_000)
  const late = open(world)
  await clock.advance(10_000)
  expect(contents(second, late)).toEqual(Array(2).fill(contents(first)[0]))
})

it('says nothing when two write a snapshot at once, and one stays', async () => {
  const { world, clock, first, second } = await openTwo()
  for (let n = 0; n < 6 * SNAPSHOT_EVERY; n += 1) {
    first.text.insert(0, 'a')
    second.text.insert(0, 'b')
    await clock.advance(100)
  }
  await clock.advance(5_000)
  expect(synced(first, second)).toEqual([inStep, inStep])
  expect(await world.stateKeys()).toHaveLength(2)
})

it('says nothing when two write a snapshot of many parts at once, and one stays whole', async () => {
  const { world, clock, first, second } = await openTwo()
  first.text.insert(0, PASTED)
  await clock.advance(20_000)
  for (let n = 0; n < HISTORY_EVENTS; n += 1) {
    first.text.insert(0, 'a')
    second.text.insert(0, 'b')
    await clock.advance(150)
  }
  await clock.advance(QUIET_AND_WRITTEN_MS)
  expect(synced(first, second)).toEqual([inStep, inStep])
  const generations = (await world.stateKeys()).map((key) => key.replace(/-\d+$/, ''))
  expect(new Set(generations).size).toBe(2)
  const late = open(world)
  await clock.advance(20_000)
  expect(contents(late)).toEqual(contents(first))
})

it('reads the channel again where an answer did not come', async () => {
  const world = new YjsWorld(7)
  const first = open(world)
  await world.clock.advance(1_000)
  first.text.insert(0, 'there')
  await world.clock.advance(1_000)
  const second = open(world, { replyTimeoutMs: 2_000 })
  await world.clock.until(() => second.channel.status() === 'joined')
  second.environment.halfOpen()
  await world.clock.advance(120_000)
  expect(contents(second)).toEqual(['there'])
  expect(synced(second)).toEqual([inStep])
})

it('takes in what another provider brought to the document', async () => {
  const { world, clock, first, second } = await openTwo()
  const stored = world.createDoc()
  stored.getText('content').insert(0, 'from the disk')
  applyUpdate(first.doc, encodeStateAsUpdate(stored), 'provider')
  await clock.advance(1_000)
  expect(contents(second)).toEqual(['from the disk'])
})

it('writes down what is new when it is quiet, so that it outlives the log', async () => {
  const { world, clock, first, second } = await openTwo()
  first.text.insert(0, 'not forgotten')
  await clock.advance(30_000)
  for (const { binding, client } of [first, second]) {
    binding.destroy()
    client.disconnect()
  }
  await clock.advance(HISTORY_TTL_MS + 60_000)
  const late = open(world)
  await clock.advance(5_000)
  expect(contents(late)).toEqual(['not forgotten'])
  expect(synced(late)).toEqual([inStep])
})

it('sends much that was typed without a connection as little, and all of it', async () => {
  const { clock, first, second } = await openTwo()
  second.text.insert(0, 'theirs ')
  await clock.advance(1_000)
  first.client.disconnect()
  for (let n = 0; n < 2_000; n += 1) {
    first.text.insert(first.text.length, 'x')
    if (n % 100 === 0) first.text.delete(first.text.length - 1, 1)
  }
  second.text.insert(0, 'and more ')
  const sizes: number[] = []
  second.channel.on('yjs:update', ({ payload }) => sizes.push(JSON.stringify(payload).length))
  first.client.connect()
  await clock.advance(10_000)
  expect(contents(first)).toEqual(contents(second))
  expect(contents(first)[0]).toContain('x'.repeat(1_980))
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(10_000)
  expect(synced(first, second)).toEqual([inStep, inStep])
})

it('leaves a channel without state to those who are in it, and says what is missing', async () => {
  const world = new YjsWorld(7)
  const environment = world.createEnvironment()
  const client = createClient({ url: 'ws://simulated', token: 'ada', environment })
  client.connect()
  const channel = client.channel('chat:1')
  await world.clock.advance(1_000)
  void channel.subscribe()
  await world.clock.advance(1_000)
  const heard: unknown[] = []
  channel.on('message', ({ payload }) => heard.push(payload))
  const binding = bindYjs({ client, channel: 'chat:1', doc: world.createDoc() })
  await world.clock.advance(1_000)
  expect(binding.isSynced()).toBe(false)
  expect(binding.error()?.message).toContain('state')
  void channel.publish('message', 'still here')
  await world.clock.advance(1_000)
  expect(heard).toEqual(['still here'])
})
