import { type Client, createClient } from '@coterie/client'
import { bindYjs, type YjsBinding } from '@coterie/client/yjs'
import { createMemoryEngine, RealtimeHub } from '@coterie/server'
import {
  FakeClock,
  nameAuthenticator,
  SeededRandom,
  SimulatedEnvironment,
  SimulatedNetwork,
} from '@coterie/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Doc } from 'yjs'
import { idleStore } from './idle-store.ts'
import { runSchedules } from './schedules.ts'

const DOCUMENT = 'document:1'
/** Less than is written, so that nobody can read the log from its beginning. */
const HISTORY_EVENTS = 60
const SNAPSHOT_EVERY = 10

interface Editor {
  readonly doc: Doc
  readonly binding: YjsBinding
  readonly environment: SimulatedEnvironment
  readonly client: Client
}

class World {
  readonly clock = new FakeClock()
  readonly hub: RealtimeHub
  readonly editors: Editor[] = []
  readonly #random: SeededRandom
  readonly #network: SimulatedNetwork

  constructor(seed: number) {
    const random = new SeededRandom(seed)
    this.#random = random
    this.#network = new SimulatedNetwork(this.clock, () => random.below(40))
    this.hub = new RealtimeHub({
      store: idleStore,
      clock: this.clock,
      random,
      engine: createMemoryEngine({ clock: this.clock, random }),
      authenticator: nameAuthenticator,
      channels: {
        'document:*': {
          history: { size: HISTORY_EVENTS, ttlMs: 3_600_000 },
          state: { persist: true },
        },
      },
    })
    void this.hub.start()
  }

  open(): Editor {
    const { clock } = this
    const environment = new SimulatedEnvironment(clock, this.#network, this.#random, () => this.hub)
    const name = `user-${this.editors.length}`
    const client = createClient({ url: 'ws://simulated', token: name, environment })
    client.connect()
    const doc = new Doc()
    const binding = bindYjs({ client, channel: DOCUMENT, doc, snapshotEvery: SNAPSHOT_EVERY })
    const editor = { doc, binding, environment, client }
    this.editors.push(editor)
    return editor
  }

  write({ doc }: Editor, text: string): void {
    const content = doc.getText('content')
    content.insert(this.#random.below(content.length + 1), text)
  }

  end(): void {
    for (const { binding, client } of this.editors) {
      binding.destroy()
      client.disconnect()
    }
  }
}

const text = ({ doc }: Editor): string => doc.getText('content').toString()

type Step =
  | { readonly kind: 'write' | 'erase'; readonly editor: number }
  | { readonly kind: 'cut' | 'halfOpen'; readonly editor: number }
  | { readonly kind: 'wait'; readonly ms: number }

const editor = fc.nat(1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('write' as const), editor }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('erase' as const), editor }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('cut', 'halfOpen'), editor }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(2_000) }) },
)

it('brings two concurrent writers, and a later reader, to the same text', {
  timeout: 120_000,
}, async () => {
  const schedule = fc.array(step, { minLength: 10, maxLength: 60 })
  await runSchedules(
    fc.asyncProperty(schedule, fc.nat(), async (steps, seed) => {
      const world = new World(seed)
      const pair = [world.open(), world.open()] as const
      await world.clock.advance(500)
      for (const each of steps) {
        if (each.kind === 'wait') {
          await world.clock.advance(each.ms)
          continue
        }
        const writer = pair[each.editor] as Editor
        if (each.kind === 'write') world.write(writer, `${each.editor}`)
        else if (each.kind === 'erase')
          writer.doc.getText('content').delete(0, Number(text(writer) !== ''))
        else writer.environment[each.kind]()
      }
      await world.clock.advance(120_000)
      const late = world.open()
      await world.clock.advance(5_000)
      expect(text(pair[0])).toBe(text(pair[1]))
      expect(text(late)).toBe(text(pair[0]))
      for (const { binding } of world.editors) {
        expect([binding.isSynced(), binding.error()]).toEqual([true, null])
      }
      world.end()
    }),
    300,
  )
})

it('reads a snapshot and what follows it, where the log does not reach back', async () => {
  const world = new World(1)
  const first = world.open()
  await world.clock.advance(500)
  for (let n = 0; n < 5 * HISTORY_EVENTS; n += 1) {
    world.write(first, 'x')
    await world.clock.advance(30)
  }
  await world.clock.advance(5_000)
  const page = first.client.channel(DOCUMENT).history({ limit: 1_000 })
  await world.clock.advance(100)
  expect((await page).events.length).toBeLessThanOrEqual(2 * HISTORY_EVENTS)
  const late = world.open()
  await world.clock.advance(5_000)
  expect(text(late)).toHaveLength(5 * HISTORY_EVENTS)
  const state = await world.hub.state.read(DOCUMENT)
  expect(state.ok && Object.keys(state.value.value), 'one snapshot is kept').toHaveLength(2)
  world.end()
})

it('carries a text that is larger than a frame, live and as a snapshot', async () => {
  const world = new World(1)
  const [first, second] = [world.open(), world.open()]
  await world.clock.advance(500)
  const long = 'Lorem ipsum. '.repeat(8_000)
  first.doc.getText('content').insert(0, long)
  await world.clock.advance(10_000)
  expect(text(second)).toBe(long)
  for (let n = 0; n < 2 * SNAPSHOT_EVERY; n += 1) {
    world.write(first, 'x')
    await world.clock.advance(100)
  }
  await world.clock.advance(10_000)
  const late = world.open()
  await world.clock.advance(10_000)
  expect(text(late)).toBe(text(first))
  world.end()
})

it('shares what was in the document before it was bound', async () => {
  const world = new World(1)
  const { clock } = world
  const first = world.open()
  const doc = new Doc()
  doc.getText('content').insert(0, 'brought along')
  const { client } = world.open()
  bindYjs({ client, channel: DOCUMENT, doc })
  await clock.advance(1_000)
  expect(text(first)).toBe('brought along')
  world.end()
})

it('is not harmed by an invalid update', async () => {
  const world = new World(1)
  const [first, second] = [world.open(), world.open()]
  await world.clock.advance(500)
  const channel = first.client.channel(DOCUMENT)
  for (const payload of [
    null,
    5,
    { id: 'x', part: 0, parts: 1, data: 'AAAA' },
    { id: 'x', part: 3, parts: 2, data: '!' },
  ]) {
    void channel.publish('yjs:update', payload)
  }
  void channel.state.set('yjs', { position: 'none', generation: 'x', parts: 3 })
  await world.clock.advance(500)
  world.write(first, 'still here')
  await world.clock.advance(1_000)
  expect(text(second)).toBe('still here')
  const late = world.open()
  await world.clock.advance(1_000)
  expect(text(late)).toBe('still here')
  world.end()
})
