import { isDeepStrictEqual } from 'node:util'
import { createClient } from '@coterie/client'
import { RealtimeError } from '@coterie/protocol'
import { FakeClock, SeededRandom, SimulatedEnvironment, SimulatedNetwork } from '@coterie/testing'
import fc from 'fast-check'
import { readPosition } from '../oracles/reference-log.ts'
import { defineModel } from '../runner/model.ts'
import { SqliteNode } from '../worlds/sqlite-node.ts'

const CHANNEL = 'log:1'
const FILE = 'engine.sqlite'
const QUIET_MS = 60_000

interface Schedule {
  /** Lengths of the texts that were published. */
  readonly texts: readonly number[]
  /** How many bytes of the file change, in each of several places. */
  readonly damages: readonly number[]
}

interface Published {
  readonly id: string
  readonly payload: unknown
}

/** One node over a file that was damaged while nobody looked. */
class World {
  readonly clock = new FakeClock()
  readonly node: SqliteNode
  readonly faults: string[] = []
  readonly #random: SeededRandom
  readonly #network: SimulatedNetwork
  readonly #published = new Map<string, Published>()

  constructor(seed: number) {
    const random = new SeededRandom(seed)
    this.#random = random
    this.#network = new SimulatedNetwork(this.clock, () => random.below(20))
    this.node = new SqliteNode({
      clock: this.clock,
      random,
      network: this.#network,
      durability: 'normal',
      hub: { channels: { 'log:*': { history: { size: 1_000, ttlMs: 3_600_000 } } } },
    })
  }

  async publish(length: number): Promise<void> {
    const number = this.#published.size
    const id = `e${number}`
    const payload = { number, text: 'lorem ipsum '.repeat(length) }
    const publishing = this.node.hub?.publish(CHANNEL, 'message', payload, { messageId: id })
    await this.clock.settle()
    const result = await publishing
    if (!result?.ok || result.value.position === undefined) throw new Error('not published')
    const { position } = result.value
    this.#published.set(position, { id, payload })
  }

  /** Starts over the file as it is; false where the node says that it cannot. */
  async restart(): Promise<boolean> {
    try {
      await this.node.start()
      return true
    } catch (error) {
      if (!(error instanceof RealtimeError)) this.faults.push(`the start threw ${String(error)}`)
      return false
    }
  }

  /** Reads all of the log at once, as the REST API does. */
  async readHistory(): Promise<void> {
    try {
      const page = await this.node.hub?.channelReader.history(
        CHANNEL,
        { limit: 1_000, reverse: false },
        undefined,
      )
      if (!page?.ok) return
      const { events } = JSON.parse(page.value) as { events: readonly Record<string, unknown>[] }
      for (const event of events) this.#verify('history', event)
    } catch (error) {
      if (!(error instanceof RealtimeError)) this.faults.push(`history: ${String(error)}`)
    }
  }

  /** Lets a client read the log from its beginning, and hear what comes after. */
  async read(): Promise<void> {
    const findHub = () => this.node.hub
    const environment = new SimulatedEnvironment(this.clock, this.#network, this.#random, findHub)
    const client = createClient({ url: 'ws://simulated', token: 'ada', environment })
    const channel = client.channel(CHANNEL, { recent: 1_000 })
    let last: number | undefined
    channel.onAny((event) => {
      this.#verify('the client', { ...event })
      const { offset } = readPosition(event.position ?? '')
      if (last !== undefined && offset !== last + 1) {
        this.faults.push(`${offset} follows ${last}, and no gap was told`)
      }
      last = offset
    })
    channel.onGap(({ next }) => {
      last = next === null ? undefined : readPosition(next).offset - 1
    })
    channel.onReset(() => {
      last = undefined
    })
    client.connect()
    channel.subscribe().catch(() => {})
    await this.clock.advance(QUIET_MS)
    const health = await this.node.hub?.health()
    if (health?.status === 'ready' && channel.status() === 'joining') {
      this.faults.push('the client waits for ever, and the node says that it is ready')
    }
    client.disconnect()
    await this.clock.advance(1_000)
    this.faults.push(...environment.errors.map((error) => `the client threw ${String(error)}`))
  }

  #verify(where: string, event: Readonly<Record<string, unknown>>): void {
    const known = this.#published.get(String(event.position))
    if (known?.id === event.id && isDeepStrictEqual(known?.payload, event.payload)) return
    const shown = JSON.stringify(event).slice(0, 200)
    this.faults.push(`${where} has what was never published: ${shown}`)
  }
}

export const sqliteDamage = defineModel({
  name: 'sqlite-damage',
  promise: 'serves nothing wrong from a damaged file, and leaves nobody waiting',
  defaultSchedules: 40,
  schedule: fc.record({
    texts: fc.array(fc.nat(40), { minLength: 5, maxLength: 60 }),
    damages: fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 3 }),
  }),
  async run({ texts, damages }: Schedule, seed) {
    const world = new World(seed)
    try {
      await world.node.start()
      for (const length of texts) await world.publish(length)
      await world.node.close()
      for (const bytes of damages) world.node.disk.flipBytes(FILE, bytes)
      if (!(await world.restart())) return world.faults
      await world.readHistory()
      await world.read()
      await world.node.close()
      return world.faults
    } finally {
      world.node.disk.remove()
    }
  },
})
