import type { Channel } from '@coterie/client'
import fc from 'fast-check'
import { judgeStay, type Stay } from '../oracles/judge-stay.ts'
import { defineModel } from '../runner/model.ts'
import { BREAKS, type Break, kind, wait } from '../worlds/network-steps.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'
import { SimulatedWorld } from '../worlds/simulated-world.ts'

const ROOM = 'room:1'
/** Parts of one page that know nothing of one another. */
const COMPONENTS = 3
const QUIET_MS = 60_000

type Step =
  | { readonly kind: 'enter' | 'leave'; readonly component: number }
  | { readonly kind: 'publish' | Break }
  | { readonly kind: 'wait'; readonly ms: number }

const component = fc.nat(COMPONENTS - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: kind('enter'), component }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('leave'), component }) },
  { weight: 8, arbitrary: fc.record({ kind: kind('publish') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom(...BREAKS) }) },
  { weight: 6, arbitrary: wait(2_000) },
)

/** One part of a page, from when it came to use the channel until it stopped. */
interface Component extends Stay {
  readonly channel: Channel
  readonly off: () => void
  mustHearFrom: number | undefined
}

/** One page whose parts use the same channel without knowing of one another. */
class World extends SimulatedWorld {
  readonly faults: string[] = []
  readonly #stays: (Component | undefined)[] = []
  #published = 0

  constructor(seed: number) {
    super(seed, { hub: { channels: { 'room:*': { history: true } } } })
    this.open('ada', 0).client.connect()
  }

  async perform(each: Step): Promise<void> {
    switch (each.kind) {
      case 'enter':
        return this.#enter(each.component)
      case 'leave':
        return this.#leave(each.component)
      case 'publish':
        return this.#publish()
      case 'wait':
        return this.clock.advance(each.ms)
      default:
        return this.clients[0]?.environment[each.kind]()
    }
  }

  /** Lets everything come to rest, publishes once more, and ends all stays. */
  async finish(): Promise<void> {
    await this.clock.advance(QUIET_MS)
    await this.#publish()
    await this.clock.advance(QUIET_MS)
    for (const [index, stay] of this.#stays.entries()) {
      if (!stay) continue
      if (stay.mustHearFrom === undefined) this.faults.push(`${index} was never joined`)
      if (stay.channel.status() !== 'joined') this.faults.push(`${index} is not joined`)
      this.faults.push(...judgeStay(String(index), stay, this.#published))
      this.#leave(index, false)
    }
    await this.clock.advance(QUIET_MS)
    const described = await this.hubs[0]?.channelReader.describe(ROOM, undefined)
    if (described?.ok && described.value.connections > 0) {
      this.faults.push('nobody uses the channel, and it was not left')
    }
  }

  #enter(index: number): void {
    if (this.#stays[index]) return
    const channel = this.clients[0]?.client.channel(ROOM) as Channel
    const heard: number[] = []
    const off = channel.onAny(({ payload }) => heard.push(payload as number))
    const stay: Component = { channel, off, heard, mustHearFrom: undefined }
    this.#stays[index] = stay
    channel.subscribe().then(
      () => {
        stay.mustHearFrom = this.#published + 1
      },
      (error: Error) => {
        if (this.#stays[index] === stay) this.faults.push(`${index} was refused: ${error.message}`)
      },
    )
  }

  // Who leaves early may not have what is still on its way.
  #leave(index: number, isEarly = true): void {
    const stay = this.#stays[index]
    if (!stay) return
    this.#stays[index] = undefined
    stay.off()
    if (isEarly) {
      const { heard } = stay
      const whole = { heard, mustHearFrom: undefined }
      this.faults.push(...judgeStay(String(index), whole, this.#published))
    }
    void stay.channel.unsubscribe()
  }

  async #publish(): Promise<void> {
    const published = this.hubs[0]?.publish(ROOM, 'message', this.#published + 1)
    await this.clock.settle()
    if (!(await published)?.ok) throw new Error('nothing was published')
    this.#published += 1
  }
}

export const channelUsers = defineModel({
  name: 'channel-users',
  promise: 'keeps a channel for each part of a page until that part has left it',
  defaultSchedules: 100,
  schedule: scheduleOf(step, 40),
  async run(steps: readonly Step[], seed) {
    const world = new World(seed)
    await world.clock.advance(500)
    for (const each of steps) await world.perform(each)
    await world.finish()
    return [...world.faults, ...world.end()]
  },
})
