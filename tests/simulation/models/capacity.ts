import type { Channel } from '@coterie/client'
import fc from 'fast-check'
import { defineModel } from '../runner/model.ts'
import { kind, wait } from '../worlds/network-steps.ts'
import { type SimulatedClient, SimulatedWorld } from '../worlds/simulated-world.ts'

const ROOM = 'room:1'
const NODES = 2
const USERS = 4
const MAX_USERS = 2
const QUIET_MS = 60_000

type Step =
  | { readonly kind: 'enter' | 'leave' | 'cut'; readonly user: number }
  | { readonly kind: 'wait'; readonly ms: number }

const user = fc.nat(USERS - 1)
const calm: fc.WeightedArbitrary<Step>[] = [
  { weight: 6, arbitrary: fc.record({ kind: kind('enter'), user }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('leave'), user }) },
  { weight: 5, arbitrary: wait(2_000) },
]
const cuts: fc.WeightedArbitrary<Step> = {
  weight: 4,
  arbitrary: fc.record({ kind: kind('cut'), user }),
}

interface Guest extends SimulatedClient {
  readonly room: Channel
  /** Knocked, and was neither refused nor left. */
  wantsIn: boolean
  /** Was let in, and has not left. */
  isMember: boolean
}

/** A room for two, at which four knock. */
class World extends SimulatedWorld {
  readonly faults: string[] = []
  readonly #guests: Guest[] = []

  constructor(seed: number) {
    super(seed, {
      nodes: NODES,
      hub: { channels: { 'room:*': { presence: true, maxUsers: MAX_USERS } } },
    })
    for (let index = 0; index < USERS; index += 1) this.#invite(index)
  }

  async perform(each: Step): Promise<void> {
    if (each.kind === 'wait') return this.clock.advance(each.ms)
    const guest = this.#guests[each.user] as Guest
    if (each.kind === 'cut') guest.environment.cut()
    else if (each.kind === 'enter') this.#enter(guest)
    else {
      guest.wantsIn = false
      guest.isMember = false
      void guest.room.unsubscribe()
    }
  }

  async finish(): Promise<void> {
    await this.clock.advance(QUIET_MS)
    for (const [index, { isMember, room }] of this.#guests.entries()) {
      if (isMember && room.status() !== 'joined') {
        this.faults.push(`${index} was let in and never left, and is ${room.status()}`)
      }
    }
    const inside = this.#guests.filter(({ room }) => room.status() === 'joined').length
    const outside = this.#guests.filter(({ wantsIn, isMember }) => wantsIn && !isMember).length
    if (inside < MAX_USERS && outside > 0) {
      this.faults.push(`${inside} are inside, and ${outside} are neither let in nor refused`)
    }
  }

  #invite(index: number): void {
    const opened = this.open(`user-${index}`, index % NODES)
    const room = opened.client.channel(ROOM, { presence: { status: 'online' } })
    room.presence.members.subscribe((members) => {
      if (members.length > MAX_USERS) {
        this.faults.push(`${members.length} are shown in a room for ${MAX_USERS}`)
      }
    })
    opened.client.connect()
    this.#guests.push({ ...opened, room, wantsIn: false, isMember: false })
  }

  #enter(guest: Guest): void {
    if (guest.wantsIn) return
    guest.wantsIn = true
    guest.room.subscribe().then(
      () => {
        guest.isMember = guest.wantsIn
      },
      (error: Error & { code?: string }) => {
        if (!guest.isMember) guest.wantsIn = false
        if (error.code !== 'room_full' && error.code !== 'unavailable') {
          this.faults.push(`refused with ${error.code}: ${error.message}`)
        }
      },
    )
  }
}

export const capacity = defineModel({
  name: 'capacity',
  promise: 'never shows more in a room than it is for, and keeps the seat of who is cut off',
  defaultSchedules: 100,
  // A seat is gone as soon as its connection is, whoever comes back.
  switches: ['cuts'],
  schedule: (switches) =>
    fc.array(fc.oneof(...calm, ...(switches.has('cuts') ? [cuts] : [])), {
      minLength: 1,
      maxLength: 40,
    }),
  async run(steps: readonly Step[], seed) {
    const world = new World(seed)
    await world.clock.advance(500)
    for (const each of steps) await world.perform(each)
    await world.finish()
    return [...world.faults, ...world.end()]
  },
})
