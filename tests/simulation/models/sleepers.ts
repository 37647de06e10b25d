import type { Channel } from '@coterie/client'
import type { MapChange } from '@coterie/server/engine'
import fc from 'fast-check'
import { judge } from '../delivery-oracle.ts'
import { defineModel } from '../runner/model.ts'
import { BREAKS, type Break, kind, wait } from '../worlds/network-steps.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'
import { type SimulatedClient, SimulatedWorld } from '../worlds/simulated-world.ts'

const ROOM = 'room:1'
const STATE_KEY = 'topic'
const USERS = ['ada', 'bob', 'eve']
const QUIET_MS = 120_000
/** The server forgets the ids of what was sent after so long, in ms. */
const FORGOTTEN_MS = 300_000
/** Two halves of a lost answer and a retry take so long at most, in ms. */
const MARGIN_MS = 60_000

type Step =
  | { readonly kind: 'publish' | 'set' | Break; readonly client: number }
  | {
      readonly kind: 'sleep'
      readonly client: number
      readonly ms: number
      /** Whether the monotonic clock goes on meanwhile, which platforms do differently. */
      readonly countsTime: boolean
    }
  | { readonly kind: 'wait'; readonly ms: number }

interface Schedule {
  readonly steps: readonly Step[]
  /** How many of the users no token names. */
  readonly nameless: number
}

const client = fc.nat(USERS.length - 1)
const sleepMs = fc.oneof(
  fc.integer({ min: 1_000, max: 60_000 }),
  fc.integer({ min: FORGOTTEN_MS - 5_000, max: FORGOTTEN_MS + 200_000 }),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('publish', 'set'), client }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom(...BREAKS), client }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: kind('sleep'), client, ms: sleepMs, countsTime: fc.boolean() }),
  },
  { weight: 5, arbitrary: wait(1_000) },
)

interface Person extends SimulatedClient {
  readonly room: Channel
  readonly attempted: string[]
  readonly acknowledged: Set<string>
  readonly received: string[]
}

/** Users with and without a name, whose machines sleep and whose answers are lost. */
class World extends SimulatedWorld {
  readonly people: Person[] = []
  readonly changes: MapChange[] = []
  readonly faults: string[] = []
  #longestSleepMs = 0

  constructor(seed: number, nameless: number) {
    super(seed, {
      hub: {
        anonymous: true,
        channels: {
          'room:*': {
            subscribe: 'public',
            publish: 'public',
            history: { size: 10_000, ttlMs: 36_000_000 },
            presence: true,
            state: { persist: true },
          },
        },
      },
    })
    this.backplane.attach({
      onEvent() {},
      onChange: (change) => {
        if (change.map === 'state') this.changes.push(change)
      },
    })
    for (const [index, user] of USERS.entries()) {
      this.#join(index < nameless ? undefined : user)
    }
  }

  async perform(each: Step): Promise<void> {
    if (each.kind === 'wait') return this.clock.advance(each.ms)
    const person = this.people[each.client] as Person
    if (each.kind === 'publish' || each.kind === 'set') this.#send(each.client, each.kind)
    else if (each.kind === 'sleep') {
      this.#longestSleepMs = Math.max(this.#longestSleepMs, each.ms)
      person.process.stop()
      await this.clock.advance(each.ms)
      person.process.goOn(each.countsTime)
    } else person.environment[each.kind]()
  }

  /** Lets everything come to rest and returns the log of the room. */
  async finish(): Promise<string[]> {
    await this.clock.advance(QUIET_MS)
    return this.logOf(ROOM)
  }

  #join(user: string | undefined): void {
    const opened = this.open(user, 0)
    const room = opened.client.channel(ROOM, {
      presence: { status: 'online' },
      state: true,
    })
    const received: string[] = []
    const person = { ...opened, room, attempted: [], acknowledged: new Set<string>(), received }
    room.onAny(({ id }) => received.push(id))
    room.onReset(() => received.push('reset'))
    room.presence.members.subscribe((members) => {
      if (members.length > USERS.length) {
        this.faults.push(`${members.length} are present where there are ${USERS.length}`)
      }
    })
    opened.client.connect()
    void room.subscribe().catch(() => {})
    this.people.push(person)
  }

  #send(index: number, what: 'publish' | 'set'): void {
    const person = this.people[index] as Person
    const id = `${what}-${index}-${person.attempted.length}`
    person.attempted.push(id)
    const sent =
      what === 'publish'
        ? person.room.publish('message', id, { messageId: id })
        : person.room.state.set(STATE_KEY, id)
    sent.then(
      () => person.acknowledged.add(id),
      (error: Error & { code?: string }) => {
        const isForgotten = this.#longestSleepMs > FORGOTTEN_MS - MARGIN_MS
        if (error.code !== 'timeout' || !isForgotten) {
          this.faults.push(`${id} was refused: ${error.message}`)
        }
      },
    )
  }
}

function judgeState({ changes, people }: World): string[] {
  const made = changes.flatMap((change) =>
    change.changes.flatMap(({ value }) => (value === null ? [] : [String(JSON.parse(value))])),
  )
  return people.flatMap(({ attempted, acknowledged }) => {
    const asked = attempted.filter((id) => id.startsWith('set'))
    const own = made.filter((id) => asked.includes(id))
    const faults = judge({
      attempted: new Set(asked),
      acknowledged: new Set(asked.filter((id) => acknowledged.has(id))),
      log: asked.filter((id) => own.includes(id)),
      received: own,
    })
    return faults.map((fault) => `state: ${fault}`)
  })
}

function judgeRoom({ people }: World, log: readonly string[]): string[] {
  const attempted = people.flatMap((person) => person.attempted)
  return people.flatMap((person) =>
    judge({
      attempted: new Set(attempted),
      acknowledged: new Set(attempted.filter((id) => id.startsWith('publish') && isTaken(id))),
      log,
      received: person.received,
    }),
  )
  function isTaken(id: string): boolean {
    return people.some(({ acknowledged }) => acknowledged.has(id))
  }
}

export const sleepers = defineModel({
  name: 'sleepers',
  promise: 'keeps what nameless users and sleeping machines send once, and in order',
  defaultSchedules: 100,
  schedule: fc.record({
    steps: scheduleOf(step, 40),
    nameless: fc.nat(USERS.length),
  }),
  async run({ steps, nameless }: Schedule, seed) {
    const world = new World(seed, nameless)
    await world.clock.advance(500)
    for (const each of steps) await world.perform(each)
    const log = await world.finish()
    return [...world.faults, ...judgeRoom(world, log), ...judgeState(world), ...world.end()]
  },
})
