import type { Channel } from '@coterie/client'
import fc from 'fast-check'
import { judgeSeats, judgeShown } from '../oracles/judge-seats.ts'
import { defineModel } from '../runner/model.ts'
import { BREAKS, type Break, kind, wait } from '../worlds/network-steps.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'
import { type SimulatedClient, SimulatedWorld } from '../worlds/simulated-world.ts'

const ROOM = 'room:1'
const NODES = 2
const USERS = 4
const MAX_USERS = 2
/** How long a place is kept for who is cut off. */
const GRACE_MS = 15_000
/** Past the time in which a silent connection is noticed, and the pauses of those who wait. */
const QUIET_MS = 120_000

type Step =
  | { readonly kind: 'enter' | 'leave' | Break; readonly user: number }
  | { readonly kind: 'sleep'; readonly user: number; readonly ms: number }
  | { readonly kind: 'wait'; readonly ms: number }

const user = fc.nat(USERS - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: kind('enter'), user }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('leave'), user }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom(...BREAKS), user }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('sleep'), user, ms: fc.nat(3 * GRACE_MS) }) },
  { weight: 5, arbitrary: wait(2_000) },
)

interface Guest extends SimulatedClient {
  readonly name: string
  readonly room: Channel
  /** Knocked, and was neither refused nor left. */
  wantsIn: boolean
  /** Was let in, and has not left. */
  isMember: boolean
  /** When the connection broke last; undefined while it holds. */
  brokenAtMs: number | undefined
  hasLostPlace: boolean
}

/** A room for two, at which four knock. */
class World extends SimulatedWorld {
  readonly faults: string[] = []
  readonly #guests: Guest[] = []

  constructor(seed: number) {
    super(seed, {
      nodes: NODES,
      hub: {
        channels: { 'room:*': { presence: true, maxUsers: MAX_USERS } },
        presence: { graceMs: GRACE_MS },
      },
    })
    for (let index = 0; index < USERS; index += 1) this.#invite(index)
  }

  async perform(each: Step): Promise<void> {
    if (each.kind === 'wait') return this.clock.advance(each.ms)
    const guest = this.#guests[each.user] as Guest
    if (guest.process.isStopped) return
    switch (each.kind) {
      case 'enter':
        return this.#enter(guest)
      case 'leave':
        guest.wantsIn = false
        guest.isMember = false
        void guest.room.unsubscribe()
        break
      case 'sleep':
        this.#break(guest)
        guest.process.stop()
        guest.environment.cut()
        this.clock.setTimer(() => guest.process.goOn(), each.ms)
        break
      default:
        this.#break(guest)
        guest.environment[each.kind]()
    }
  }

  async finish(): Promise<void> {
    await this.clock.advance(QUIET_MS)
    const knockers = this.#guests.map(({ name, room, wantsIn, isMember, hasLostPlace }) => ({
      user: name,
      wantsIn,
      isMember,
      hasLostPlace,
      isInside: room.status() === 'joined',
      seen: room.presence.members().map(({ user_id }) => user_id),
    }))
    this.faults.push(...judgeSeats(knockers, MAX_USERS))
  }

  #invite(index: number): void {
    const name = `user-${index}`
    const opened = this.open(name, index % NODES)
    const room = opened.client.channel(ROOM, { presence: { status: 'online' } })
    const guest: Guest = {
      ...opened,
      name,
      room,
      wantsIn: false,
      isMember: false,
      brokenAtMs: undefined,
      hasLostPlace: false,
    }
    room.presence.members.subscribe((members) => {
      const shown = members.map(({ user_id }) => user_id)
      this.faults.push(...judgeShown(name, shown, MAX_USERS))
    })
    room.status.subscribe((status) => {
      if (status === 'joined') this.#hasCome(guest)
      else if (status === 'refused' && guest.isMember) this.#hasLost(guest)
    })
    opened.client.connect()
    this.#guests.push(guest)
  }

  #break(guest: Guest): void {
    guest.brokenAtMs ??= this.clock.elapsed()
  }

  #hasCome(guest: Guest): void {
    guest.isMember = true
    guest.brokenAtMs = undefined
    guest.hasLostPlace = false
  }

  // A user who returns in time finds the seat free; a user who does not is told.
  #hasLost(guest: Guest): void {
    const { name, room, brokenAtMs } = guest
    guest.hasLostPlace = true
    const awayMs = this.clock.elapsed() - (brokenAtMs ?? this.clock.elapsed())
    if (awayMs < GRACE_MS) this.faults.push(`${name} lost the place within ${awayMs} ms`)
    const code = room.error()?.code
    if (code !== 'room_full') this.faults.push(`${name} was put out with ${code}`)
  }

  #enter(guest: Guest): void {
    if (guest.wantsIn) return
    guest.wantsIn = true
    guest.room.subscribe().catch(({ code, message }: Error & { code?: string }) => {
      // The wish outlives the connection.
      if (code === 'unavailable') return
      guest.wantsIn = false
      if (code !== 'room_full') this.faults.push(`${guest.name} was refused: ${code} ${message}`)
    })
  }
}

export const capacity = defineModel({
  name: 'capacity',
  promise: 'never shows more in a room than it is for, and keeps the seat of who is cut off',
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
