import { createClient, type SocketLike } from '@coterie/client'
import { bindYjs } from '@coterie/client/yjs'
import { createMemoryEngine, createSqliteEngine, RealtimeHub } from '@coterie/server'
import type { Engine } from '@coterie/server/engine'
import {
  FakeClock,
  nameAuthenticator,
  SeededRandom,
  SimulatedEnvironment,
  SimulatedNetwork,
} from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { Doc } from 'yjs'
import { idleStore } from './idle-store.ts'

const CHANNEL = 'document:1'
const MINUTE_MS = 60_000
const CHARACTERS = 5_000_000

/** An environment that tells what its client sends. */
class ObservedEnvironment extends SimulatedEnvironment {
  onSend: (text: string) => void = () => {}

  override createSocket(): SocketLike {
    const socket = super.createSocket()
    const send = socket.send.bind(socket)
    socket.send = (text) => {
      this.onSend(text)
      send(text)
    }
    return socket
  }
}

/** A hub with the limits that hubs have, whose channels keep what `history: true` keeps. */
class World {
  readonly clock = new FakeClock()
  readonly #random: SeededRandom
  readonly #network: SimulatedNetwork
  readonly #createEngine: (clock: FakeClock) => Engine
  hub: RealtimeHub

  constructor(seed = 1, createEngine = (clock: FakeClock) => createMemoryEngine({ clock })) {
    this.#random = new SeededRandom(seed)
    this.#network = new SimulatedNetwork(this.clock, () => this.#random.below(40))
    this.#createEngine = createEngine
    this.hub = this.#start()
  }

  open(name: string, snapshotEvery = 100) {
    const { clock } = this
    const doc = new Doc()
    const environment = new ObservedEnvironment(clock, this.#network, this.#random, () => this.hub)
    const client = createClient({ url: 'ws://simulated', token: name, environment })
    client.connect()
    const binding = bindYjs({ client, channel: CHANNEL, doc, snapshotEvery })
    const text = doc.getText('content')
    onTestFinished(() => client.disconnect())
    return { client, environment, doc, text, binding, channel: client.channel(CHANNEL) }
  }

  /** Restarts the hub with its stored data. */
  async restart(): Promise<void> {
    const closing = this.hub.close()
    await this.clock.advance(5_000)
    await closing
    this.hub = this.#start()
  }

  async inStep(...pages: readonly ReturnType<World['open']>[]): Promise<void> {
    for (let seconds = 0; seconds < 300; seconds += 1) {
      await this.clock.advance(1_000)
      if (pages.every(({ binding }) => binding.isSynced())) return
    }
    expect(pages.map(({ binding }) => [binding.isSynced(), binding.error()])).toEqual(
      pages.map(() => [true, null]),
    )
  }

  #start(): RealtimeHub {
    const { clock } = this
    const hub = new RealtimeHub({
      store: idleStore,
      clock,
      random: this.#random,
      engine: this.#createEngine(clock),
      authenticator: nameAuthenticator,
      channels: { 'document:*': { history: true, state: { persist: true } } },
    })
    void hub.start()
    return hub
  }
}

/** Writes a text that no compression makes small, in paragraphs. */
function writeMuch(doc: Doc, characters = CHARACTERS): void {
  const text = doc.getText('content')
  doc.transact(() => {
    for (let length = 0; length < characters; length += 1_000) {
      text.insert(text.length, `${String(length).padEnd(999, 'x')}\n`)
    }
  })
}

it('keeps a document of 5 MB by the limits of every hub, for who comes after the log is gone', {
  timeout: 240_000,
}, async () => {
  const world = new World()
  const first = world.open('ada')
  await world.inStep(first)
  writeMuch(first.doc)
  expect(first.binding.isSynced()).toBe(false)
  await world.inStep(first)
  // Quiet for long enough that all of it is written down.
  await world.clock.advance(2 * MINUTE_MS)
  expect(first.binding.error()).toBeNull()
  const whole = first.text.toString()
  first.text.insert(0, 'and some more ')
  await world.inStep(first)
  first.binding.destroy()
  first.client.disconnect()
  await world.clock.advance(60 * MINUTE_MS)

  const late = world.open('bob')
  late.binding.isSynced.subscribe((isSynced) => {
    if (isSynced) expect(late.text.length, 'half a document is not in step').toBe(whole.length + 14)
  })
  await world.inStep(late)
  expect(late.text.toString() === `and some more ${whole}`).toBe(true)
})

it('writes only what is new beside a large snapshot, and opens it whole', {
  timeout: 120_000,
}, async () => {
  const world = new World()
  const first = world.open('ada')
  await world.inStep(first)
  writeMuch(first.doc, 600_000)
  await world.inStep(first)
  await world.clock.advance(MINUTE_MS)
  const written = spyOnFrames(first.environment, 'snapshot_write')
  const second = world.open('bob')
  await world.inStep(second)
  for (let n = 0; n < 150; n += 1) {
    for (const { text } of [first, second]) text.insert(0, `${n} `)
    await world.clock.advance(250)
  }
  await world.clock.advance(MINUTE_MS)
  expect(written.length).toBeGreaterThan(0)
  expect(written.length, 'parts of 30 kB, of which the document has 20').toBeLessThan(10)
  const late = world.open('cleo')
  await world.inStep(late)
  expect(late.text.toString()).toBe(first.text.toString())
  expect(late.text.toString()).toBe(second.text.toString())
})

it('leaves the former snapshot whole when the writer is cut off in the middle of the next', {
  timeout: 120_000,
}, async () => {
  const world = new World()
  const first = world.open('ada')
  await world.inStep(first)
  writeMuch(first.doc, 400_000)
  await world.inStep(first)
  await world.clock.advance(MINUTE_MS)
  // More than half as much, so that the whole document is written again.
  writeMuch(first.doc, 400_000)
  const written = spyOnFrames(first.environment, 'snapshot_write', 3, () => {
    first.binding.destroy()
    first.client.disconnect()
  })
  await world.clock.advance(MINUTE_MS)
  expect(written).toHaveLength(3)
  const late = world.open('bob')
  await world.inStep(late)
  expect(late.text.length).toBe(800_000)
  await world.clock.advance(MINUTE_MS)
  await world.clock.advance(60 * MINUTE_MS)
  late.client.disconnect()
  const later = world.open('cleo')
  await world.inStep(later)
  expect(later.text.toString() === first.text.toString()).toBe(true)
})

it('says nothing when its page leaves in the middle of a large snapshot', async () => {
  const world = new World()
  const page = world.open('ada', 5)
  const errors: unknown[] = []
  page.binding.error.subscribe((error) => errors.push(error))
  let hasLeft = false
  page.environment.onSend = (text) => {
    if (hasLeft || !text.includes('"snapshot_write"')) return
    hasLeft = true
    page.binding.destroy()
  }
  for (let n = 0; n < 6; n += 1) page.text.insert(0, `${n}`.repeat(60_000))
  while (!hasLeft) await world.clock.advance(10)
  await world.clock.advance(20)
  const { client, doc } = page
  const again = bindYjs({ client, channel: CHANNEL, doc, snapshotEvery: 5 })
  again.error.subscribe((error) => errors.push(error))
  await world.clock.advance(MINUTE_MS)
  expect(again.isSynced()).toBe(true)
  expect(errors.filter(Boolean)).toEqual([])
})

it('keeps one whole snapshot where two write a large one at once', {
  timeout: 120_000,
}, async () => {
  const world = new World()
  const pages = [world.open('ada'), world.open('bob')]
  await world.inStep(...pages)
  for (const { doc } of pages) writeMuch(doc, 300_000)
  await world.inStep(...pages)
  for (let n = 0; n < 120; n += 1) {
    for (const { text } of pages) text.insert(0, '.')
    await world.clock.advance(100)
  }
  await world.clock.advance(2 * MINUTE_MS)
  expect(pages.map(({ binding }) => binding.error())).toEqual([null, null])
  for (const { client } of pages) client.disconnect()
  await world.clock.advance(60 * MINUTE_MS)
  const late = world.open('cleo')
  await world.inStep(late)
  expect(late.text.length).toBe(600_240)
  expect(late.text.toString() === pages[0]?.text.toString()).toBe(true)
})

it.each([
  ['memory', (clock: FakeClock) => createMemoryEngine({ clock })],
  ['sqlite', (clock: FakeClock) => createSqliteEngine({ clock, path: ':memory:' })],
] as const)('keeps what was written just before its page was gone, in %s', async (_, create) => {
  const world = new World(1, create)
  const first = world.open('ada')
  await world.inStep(first)
  first.text.insert(0, 'written in a hurry')
  await world.inStep(first)
  first.environment.cut()
  first.client.disconnect()
  // The log keeps what nobody needs for five minutes, and an empty one for an hour.
  await world.clock.advance(24 * 60 * MINUTE_MS)
  const late = world.open('bob')
  await world.inStep(late)
  expect(late.text.toString()).toBe('written in a hurry')
  expect(late.binding.error()).toBeNull()
  // Who comes later writes it down, and then the log may forget it.
  await world.clock.advance(10 * MINUTE_MS)
  const page = late.channel.history({ limit: 10 })
  await world.clock.advance(1_000)
  expect((await page).events).toEqual([])
  const later = world.open('cleo')
  await world.inStep(later)
  expect(later.text.toString()).toBe('written in a hurry')
})

it('keeps more updates than the log holds until they are written down', async () => {
  const world = new World()
  const first = world.open('ada', 1_000)
  await world.inStep(first)
  for (let n = 0; n < 150; n += 1) {
    first.text.insert(0, `${n} `)
    await world.clock.advance(50)
  }
  await world.inStep(first)
  first.client.disconnect()
  await world.clock.advance(60 * MINUTE_MS)
  const late = world.open('bob')
  await world.inStep(late)
  expect(late.text.toString()).toBe(first.text.toString())
})

/** Notes the frames of one type that a client sends; `run` runs after so many of them. */
function spyOnFrames(
  environment: ObservedEnvironment,
  type: string,
  count = Number.POSITIVE_INFINITY,
  run: () => void = () => {},
): unknown[] {
  const frames: unknown[] = []
  environment.onSend = (text) => {
    const frame = JSON.parse(text) as { type: string }
    if (frame.type !== type || frames.length >= count) return
    frames.push(frame)
    if (frames.length === count) run()
  }
  return frames
}
