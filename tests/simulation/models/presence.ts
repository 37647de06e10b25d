import type { Channel, PresenceStatus } from '@coterie/client'
import fc from 'fast-check'
import { judgePresence } from '../oracles/judge-presence.ts'
import { defineModel } from '../runner/model.ts'
import { BREAKS, type Break, kind, wait } from '../worlds/network-steps.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'
import { type SimulatedClient, SimulatedWorld } from '../worlds/simulated-world.ts'

const ROOM = 'room:1'
const NODES = 2
const USERS = 3
const TABS = 2
/** Past the grace of a closed connection, and the lease of a node that is gone. */
const QUIET_MS = 120_000
/** A tab that was in the room for so long is known to everybody. */
const SETTLED_MS = 1_000
/** Who is cut off is shown for this long, but for what the network takes. */
const GRACE_MS = 14_000

type Step =
  | { readonly kind: 'join' | 'leave' | 'close' | Break; readonly tab: number }
  | { readonly kind: 'update'; readonly tab: number; readonly status: PresenceStatus }
  | { readonly kind: 'restart'; readonly node: number }
  | { readonly kind: 'forget' }
  | { readonly kind: 'wait'; readonly ms: number }

const tab = fc.nat(USERS * TABS - 1)
const status = fc.constantFrom<PresenceStatus>('online', 'away', 'offline')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: kind('join'), tab }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('leave'), tab }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom(...BREAKS), tab }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('close'), tab }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('update'), tab, status }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('restart'), node: fc.nat(NODES - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('forget') }) },
  { weight: 6, arbitrary: wait(20_000) },
)

interface Tab extends SimulatedClient {
  readonly user: string
  readonly room: Channel
  status: PresenceStatus
  isIn: boolean
  /** Since when it is in the room without a break, as far as it knows. */
  joinedAtMs: number
  /** When it was there last, known to everybody; of those that left by themselves never. */
  lastThereMs: number
}

/** Three users with two tabs each on two nodes, and one who only looks on from a third. */
class World extends SimulatedWorld {
  readonly tabs: Tab[] = []
  readonly watcher: Channel
  /** Users who were told to have left though a tab of theirs was there all the time. */
  readonly wronglyLeft: string[] = []

  constructor(seed: number) {
    super(seed, { nodes: NODES + 1, hub: { channels: { 'room:*': { presence: true } } } })
    this.watcher = this.#watch()
    for (let index = 0; index < USERS * TABS; index += 1) this.#openTab(index)
  }

  async perform(each: Step): Promise<void> {
    if (each.kind === 'wait') await this.clock.advance(each.ms)
    else if (each.kind === 'restart') await this.restart(each.node)
    else if (each.kind === 'forget') await this.forget()
    else this.#performAt(this.tabs[each.tab] as Tab, each)
  }

  #performAt(at: Tab, each: Exclude<Step, { kind: 'wait' | 'restart' | 'forget' }>): void {
    switch (each.kind) {
      case 'join':
        at.isIn = true
        at.client.connect()
        void at.room.subscribe().catch(() => {})
        break
      case 'leave':
        at.isIn = false
        void at.room.unsubscribe()
        at.lastThereMs = Number.NEGATIVE_INFINITY
        break
      case 'close':
        at.isIn = false
        at.client.disconnect()
        at.lastThereMs = Number.NEGATIVE_INFINITY
        break
      case 'update':
        at.status = each.status
        at.room.presence.update({ status: each.status, data: each.tab }).catch(() => {})
        break
      default:
        this.#noteBreak(at)
        at.environment[each.kind]()
    }
  }

  #openTab(index: number): void {
    const user = `user-${index % USERS}`
    const opened = this.open(user, index % NODES)
    const room = opened.client.channel(ROOM, { presence: { status: 'online', data: index } })
    const made: Tab = {
      ...opened,
      user,
      room,
      status: 'online',
      isIn: false,
      joinedAtMs: Number.POSITIVE_INFINITY,
      lastThereMs: Number.NEGATIVE_INFINITY,
    }
    room.status.subscribe((now) => {
      if (now === 'joined') made.joinedAtMs = this.clock.now()
      else this.#noteBreak(made)
    })
    this.tabs.push(made)
  }

  #noteBreak(at: Tab): void {
    const nowMs = this.clock.now()
    if (nowMs - at.joinedAtMs >= SETTLED_MS) at.lastThereMs = nowMs
    at.joinedAtMs = Number.POSITIVE_INFINITY
  }

  #watch(): Channel {
    const { client } = this.open('watcher', NODES)
    const room = client.channel(ROOM, { presence: 'follow' })
    let before = new Set<string>()
    room.presence.members.subscribe((members) => {
      const now = new Set<string>(members.map(({ user_id }) => user_id))
      for (const user of before) if (!now.has(user)) this.#verifyLeave(user)
      before = now
    })
    client.connect()
    void room.subscribe()
    return room
  }

  // Who is there has not left, nor who may be on the way back.
  #verifyLeave(user: string): void {
    const nowMs = this.clock.now()
    const isThere = this.tabs.some(
      ({ user: each, isIn, joinedAtMs, lastThereMs }) =>
        each === user &&
        (nowMs - joinedAtMs >= SETTLED_MS || (isIn && nowMs - lastThereMs < GRACE_MS)),
    )
    if (isThere) this.wronglyLeft.push(user)
  }
}

export const presence = defineModel({
  name: 'presence',
  promise: 'shows everybody the same, and nobody who is not there',
  defaultSchedules: 200,
  schedule: scheduleOf(step, 50),
  async run(steps: readonly Step[], seed) {
    const world = new World(seed)
    await world.clock.advance(500)
    for (const each of steps) await world.perform(each)
    await world.clock.advance(QUIET_MS)
    const { tabs, watcher } = world
    const faults = judgePresence('the watcher', watcher.presence.members(), tabs)
    for (const { user, isIn, room } of tabs) {
      if (isIn) faults.push(...judgePresence(user, room.presence.members(), tabs))
    }
    for (const user of world.wronglyLeft) faults.push(`told to have left, and was there: ${user}`)
    return [...faults, ...world.end()]
  },
})
