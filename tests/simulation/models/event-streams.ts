import type { Position } from '@coterie/protocol'
import { createHub, createMemoryEngine, type Hub, silentLogger } from '@coterie/server'
import { MemoryBackplane } from '@coterie/server/engine'
import { FakeClock, nameAuthenticator, SeededRandom } from '@coterie/testing'
import fc from 'fast-check'
import { idleStore } from '../idle-store.ts'
import { judgeStreams, type StreamTold } from '../oracles/judge-streams.ts'
import { ReferenceLog, readPosition } from '../oracles/reference-log.ts'
import { defineModel } from '../runner/model.ts'
import { EventStreamReader } from '../worlds/event-stream-reader.ts'
import { kind, wait } from '../worlds/network-steps.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'

const LOGGED = ['log:1', 'log:2']
const CHANNELS = [...LOGGED, 'plain:1']
const HISTORY_SIZE = 20
/** How browsers, libraries and people at a prompt say where they were. */
const WAYS = ['Last-Event-ID', 'lastEventId', 'last-event-id', 'since'] as const

type Step =
  | {
      readonly kind: 'open'
      readonly channels: readonly string[]
      readonly way: (typeof WAYS)[number]
    }
  | { readonly kind: 'cut' | 'restart' | 'lose' }
  | { readonly kind: 'publish'; readonly channel: string; readonly count: number }
  | { readonly kind: 'wait'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('open'),
      channels: fc.shuffledSubarray(CHANNELS, { minLength: 1 }),
      way: fc.constantFrom(...WAYS),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: kind('publish'),
      channel: fc.constantFrom(...CHANNELS),
      count: fc.integer({ min: 1, max: 8 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kind('cut') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('restart', 'lose') }) },
  { weight: 4, arbitrary: wait(2_000) },
)

/** One who reads streams one after the other, each for other channels in another order. */
class World {
  readonly clock = new FakeClock()
  readonly faults: string[] = []
  readonly #random: SeededRandom
  #backplane: MemoryBackplane
  #hub: Hub
  readonly #told: StreamTold[] = []
  readonly #logs = new Map(LOGGED.map((channel) => [channel, new ReferenceLog(channel)]))
  /** Where each log ends. */
  readonly #tops = new Map<string, Position>()
  #reader: EventStreamReader | undefined
  #lastId: string | undefined
  #published = 0

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    this.#backplane = new MemoryBackplane(this.clock, this.#random)
    this.#hub = this.#start()
  }

  async perform(each: Step): Promise<void> {
    switch (each.kind) {
      case 'open':
        return this.#open(each.channels, each.way)
      case 'publish':
        return this.#publish(each.channel, each.count)
      case 'wait':
        return this.clock.advance(each.ms)
      case 'cut':
        return this.#cut()
      case 'restart':
        return this.#restart()
      case 'lose':
        this.#backplane = new MemoryBackplane(this.clock, this.#random)
        this.#tops.clear()
        await this.#restart()
    }
  }

  /** Reads all channels once more, from where the reader is, to the end. */
  async finish(): Promise<void> {
    await this.#open(CHANNELS, 'Last-Event-ID')
    for (const channel of LOGGED) await this.#publish(channel, 1)
    await this.clock.advance(1_000)
    this.#cut()
    await this.#close()
    this.faults.push(...judgeStreams(this.#told, this.#logs, this.#tops))
  }

  #start(): Hub {
    const { clock } = this
    const random = this.#random
    return createHub({
      clock,
      random,
      store: idleStore,
      logger: silentLogger,
      authenticator: nameAuthenticator,
      engine: createMemoryEngine({ clock, random, backplane: this.#backplane }),
      channels: {
        'log:*': { history: { size: HISTORY_SIZE, ttlMs: 3_600_000 } },
        'plain:*': {},
      },
    })
  }

  async #restart(): Promise<void> {
    await this.#close()
    this.#cut()
    this.#hub = this.#start()
  }

  async #close(): Promise<void> {
    const closing = this.#hub.close()
    await this.clock.advance(4_000)
    await closing
  }

  #cut(): void {
    this.#lastId = this.#reader?.lastId ?? this.#lastId
    this.#reader?.cut()
    this.#reader = undefined
  }

  async #open(channels: readonly string[], way: (typeof WAYS)[number]): Promise<void> {
    this.#cut()
    this.#told.push({ kind: 'opened', channels, tops: new Map(this.#tops) })
    const query = new URLSearchParams({ channels: channels.join() })
    const headers: Record<string, string> = { authorization: 'Bearer ada' }
    const since = this.#lastId
    if (since !== undefined && way === 'Last-Event-ID') headers[way] = since
    else if (since !== undefined) query.set(way, since)
    const reader = new EventStreamReader((event) => {
      if (this.#reader === reader) this.#told.push({ kind: 'event', event })
    })
    this.#reader = reader
    const opening = reader.open(this.#hub, `http://simulated/api/realtime/events?${query}`, headers)
    await this.clock.advance(10)
    const status = await opening
    if (status !== 200) this.faults.push(`the stream was answered ${status}`)
  }

  async #publish(channel: string, count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      this.#published += 1
      const id = `e${this.#published}`
      const publishing = this.#hub.publish(channel, 'message', this.#published, { messageId: id })
      await this.clock.settle()
      const published = await publishing
      if (!published.ok) throw new Error('nothing was published')
      const { position } = published.value
      if (position === undefined) continue
      this.#logs.get(channel)?.add(id, position)
      this.#tops.set(channel, readPosition(position))
    }
  }
}

export const eventStreams = defineModel({
  name: 'event-streams',
  promise: 'brings a stream what was missed, or a gap, whatever it lists and was read before',
  defaultSchedules: 100,
  schedule: scheduleOf(step, 40),
  async run(steps: readonly Step[], seed) {
    const world = new World(seed)
    await world.clock.advance(500)
    for (const each of steps) await world.perform(each)
    await world.finish()
    return world.faults
  },
})
