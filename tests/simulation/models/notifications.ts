import type { ServerFrame } from '@coterie/protocol'
import type { RealtimeHub } from '@coterie/server'
import { DeliveryError, type NotificationSender } from '@coterie/server/sender'
import {
  FakeClock,
  SeededRandom,
  SimulatedNetwork,
  type SimulatedSocket,
  testPrincipal,
} from '@coterie/testing'
import fc from 'fast-check'
import { judgeInbox, judgeRepeats } from '../oracles/judge-inbox.ts'
import { defineModel } from '../runner/model.ts'
import { comeToRest } from '../worlds/come-to-rest.ts'
import { kind, wait } from '../worlds/network-steps.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'
import { SqliteNode } from '../worlds/sqlite-node.ts'

const USERS = ['ada', 'bob']
/** Past the pauses after two failures of one delivery. */
const LIMIT_MS = 240_000
const RETRY_MS = 50

type Step =
  | { readonly kind: 'notify'; readonly recipients: readonly string[] }
  | { readonly kind: 'read' | 'connect' | 'cut'; readonly user: number }
  | { readonly kind: 'restart' | 'kill' | 'cutPower' }
  | { readonly kind: 'wait'; readonly ms: number }

const user = fc.nat(USERS.length - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: kind('notify'),
      recipients: fc.subarray(USERS, { minLength: 1 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('read', 'connect', 'cut'), user }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('restart', 'kill', 'cutPower') }) },
  { weight: 5, arbitrary: wait(1_000) },
)

/** A device of a user, which acknowledges whatever it gets. */
class Device {
  readonly user: string
  readonly seen = new Set<string>()
  unreadCount = 0
  /** Ids by titles. */
  readonly ids = new Map<string, string>()
  readonly #network: SimulatedNetwork
  #socket: SimulatedSocket | undefined

  constructor(user: string, network: SimulatedNetwork) {
    this.user = user
    this.#network = network
  }

  connect(hub: RealtimeHub | undefined): void {
    if (this.#socket || !hub) return
    // A user without unread notifications gets none on connecting.
    this.unreadCount = 0
    const socket = this.#network.connect(
      hub,
      {
        onMessage: (text) => this.#receive(JSON.parse(text) as ServerFrame),
        onClose: () => {
          if (this.#socket === socket) this.#socket = undefined
        },
      },
      testPrincipal(this.user),
    )
    this.#socket = socket
  }

  cut(): void {
    this.#socket?.cut()
  }

  #receive(frame: ServerFrame): void {
    if (frame.type === 'inbox') this.unreadCount = frame.unread_count
    if (frame.type !== 'notification') return
    const { id, title } = frame.payload
    this.seen.add(title)
    this.ids.set(title, id)
    this.#socket?.send(JSON.stringify({ type: 'ack', id, notifications: [id] }))
  }
}

/** A server that notifies and dies, and an application that asks again until it is answered. */
class World {
  readonly clock = new FakeClock()
  readonly node: SqliteNode
  readonly #random: SeededRandom
  readonly #devices: Device[]
  readonly #sent: { readonly user: string; readonly title: string }[] = []
  readonly #asked: { readonly title: string; readonly recipients: readonly string[] }[] = []
  readonly #read = new Set<string>()
  readonly #faults: string[] = []
  #ends = 0
  #failures = 0

  constructor(seed: number) {
    const random = new SeededRandom(seed)
    const network = new SimulatedNetwork(this.clock, () => random.below(40))
    this.#random = random
    this.#devices = USERS.map((name) => new Device(name, network))
    this.node = new SqliteNode({
      clock: this.clock,
      random,
      network,
      // What the application was told to be stored must not go with the power.
      durability: 'full',
      hasStore: true,
      hub: { senders: [this.#createSender()] },
    })
  }

  async start(): Promise<void> {
    await this.node.start()
    const stated = USERS.map((name) =>
      this.node.hub?.notifications.setPreferences(name, {
        routes: ['in-app', 'webhook'],
        webhookUrl: `https://${name}.example/hook`,
      }),
    )
    await this.clock.advance(500)
    for (const each of await Promise.all(stated)) if (!each?.ok) throw new Error('not stated')
  }

  async perform(each: Step): Promise<void> {
    switch (each.kind) {
      case 'notify':
        return this.#notify(each.recipients)
      case 'read':
        return this.#readNewest(each.user)
      case 'connect':
        return this.#devices[each.user]?.connect(this.node.hub)
      case 'cut':
        return this.#devices[each.user]?.cut()
      case 'wait':
        return this.clock.advance(each.ms)
      case 'restart':
        await this.node.close()
        break
      default:
        await this.node[each.kind]()
    }
    this.#ends += 1
    await this.clock.advance(this.#random.below(2_000))
    await this.node.start()
  }

  async finish(): Promise<string[]> {
    await this.clock.advance(RETRY_MS)
    for (const device of this.#devices) {
      device.cut()
      device.connect(this.node.hub)
    }
    await comeToRest(this.clock, () => this.#isAllTold(), LIMIT_MS)
    for (const device of this.#devices) await this.#judge(device)
    await this.node.close()
    const sent = this.#sent.map(({ user: name, title }) => `${name} ${title}`)
    return [...this.#faults, ...judgeRepeats(sent, this.#ends)]
  }

  // What was not answered is asked again by the same key, as applications do.
  #notify(recipients: readonly string[]): void {
    const title = `n${this.#asked.length}`
    this.#asked.push({ title, recipients })
    const ask = (): void => {
      const { hub } = this.node
      let isAnswered = false
      hub?.notifications
        .create({ title, message: 'News', recipients, idempotencyKey: title, evenIfRead: true })
        .then((created) => {
          // What a process says that is dead by then has reached nobody.
          if (hub !== this.node.hub) return
          isAnswered = created.ok
          if (!created.ok && created.error.code !== 'unavailable') {
            this.#faults.push(`${title} was refused: ${created.error.message}`)
          }
        })
        .catch(() => {})
      this.clock.setTimer(() => {
        if (!isAnswered) ask()
      }, RETRY_MS)
    }
    ask()
  }

  #isAllTold(): boolean {
    const sent = new Set(this.#sent.map(({ user: name, title }) => `${name} ${title}`))
    return this.#devices.every(({ user: name, seen, unreadCount }) => {
      const asked = this.#asked.filter(({ recipients }) => recipients.includes(name))
      const unread = asked.filter(({ title }) => !this.#read.has(`${name} ${title}`))
      return (
        unreadCount === unread.length &&
        unread.every(({ title }) => seen.has(title)) &&
        asked.every(({ title }) => sent.has(`${name} ${title}`))
      )
    })
  }

  async #readNewest(index: number): Promise<void> {
    const { user: name, ids } = this.#devices[index] as Device
    const [title, id] = [...ids].at(-1) ?? []
    if (title === undefined || id === undefined) return
    const marking = this.node.hub?.notifications.markRead(id, name)
    await this.clock.advance(10)
    if ((await marking)?.ok) this.#read.add(`${name} ${title}`)
  }

  async #judge({ user: name, seen, unreadCount }: Device): Promise<void> {
    const listing = this.node.hub?.notifications.list({ userId: name, pageSize: 100 })
    await this.clock.advance(10)
    const page = await listing
    const listed = page?.ok ? page.value.items.map(({ content }) => content) : []
    const asked = this.#asked.filter(({ recipients }) => recipients.includes(name))
    const titles = asked.map(({ title }) => title)
    this.#faults.push(
      ...judgeInbox({
        user: name,
        asked: titles,
        read: new Set(titles.filter((title) => this.#read.has(`${name} ${title}`))),
        listed,
        shown: seen,
        unreadCount,
        sent: this.#sent.filter((each) => each.user === name).map(({ title }) => title),
      }),
    )
  }

  #createSender(): NotificationSender {
    return {
      route: 'webhook',
      targetProblem: () => undefined,
      send: async ({ userId, payload }) => {
        if (this.#failures < 2 && this.#random.below(4) === 0) {
          this.#failures += 1
          throw new DeliveryError('busy', { isPermanent: false })
        }
        this.#sent.push({ user: userId, title: payload.title })
      },
    }
  }
}

export const notifications = defineModel({
  name: 'notifications',
  promise: 'stores, shows and sends each notification once it was asked for, whatever ends',
  defaultSchedules: 30,
  schedule: scheduleOf(step, 25),
  async run(steps: readonly Step[], seed) {
    const world = new World(seed)
    try {
      await world.start()
      for (const each of steps) await world.perform(each)
      return await world.finish()
    } finally {
      world.node.disk.remove()
    }
  },
})
