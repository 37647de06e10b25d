import { ok, RealtimeError, type Result, refuse } from '@coterie/protocol'
import { ChannelMap } from '../../core/channel-map.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, JsonText, KeyChange, MapChange } from '../../ports/engine.ts'
import { RoomRoll } from './room-roll.ts'

/** The map of the engine that says which connections of which users are in a room. */
export const MEMBERS_MAP = 'room_members'
/** Those who are served by one write at most: others are served before the next. */
const MAX_AT_ONCE = 256
/** Times that other nodes may come first before those who wait are sent away. */
const MAX_ATTEMPTS = 100

/** Somebody who wants a place in a room. */
export interface Claim {
  readonly connectionId: string
  readonly userId: string
  /** Undefined takes a place whatever the number of users. */
  readonly maxUsers: number | undefined
  /** False once nobody waits for the answer. */
  readonly isWanted: () => boolean
}

/** What a queue needs of the node. */
export interface RoomQueueParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly channel: string
  /** Nobody of this node is in the room, or on the way. */
  readonly onIdle: () => void
  /** A place could not be given back. */
  readonly onLost: (error: unknown) => void
}

interface Waiting {
  readonly claim: Claim
  readonly settle: (result: Result<undefined>) => void
  readonly fail: (error: unknown) => void
}

/** Somebody who comes, or the connection of one who has gone. */
type Job = Waiting | string

/**
 * Lets those who come to one room on this node in, one write at a time.
 *
 * Whoever comes while a write is under way goes with the next one, so that many
 * who come at once cost as much as they are; one by one, each would make all
 * others try again. Very many go with several, and others are served between.
 */
export class RoomQueue {
  readonly #parts: RoomQueueParts
  /** What waits, in the order of arrival. */
  readonly #jobs: Job[] = []
  /** Connections of this node that have a place. */
  readonly #placed = new Set<string>()
  readonly #roll = new RoomRoll()
  readonly #map: ChannelMap
  #isWorking = false

  constructor(parts: RoomQueueParts) {
    this.#parts = parts
    this.#map = new ChannelMap(parts.engine, parts.channel, MEMBERS_MAP, this.#roll)
  }

  /** Takes a place, unless there is none. Rejects where the engine cannot say. */
  enter(claim: Claim): Promise<Result<undefined>> {
    return new Promise((settle, fail) => this.#add({ claim, settle, fail }))
  }

  /** Gives the place of a connection back, where it has one or is about to get one. */
  leave(connectionId: string): void {
    this.#add(connectionId)
  }

  /** Takes a change that the engine told of. */
  apply(change: MapChange): void {
    this.#map.apply(change)
  }

  #add(job: Job): void {
    this.#jobs.push(job)
    if (this.#isWorking) return
    this.#isWorking = true
    void this.#work()
  }

  async #work(): Promise<void> {
    while (this.#jobs.length > 0) {
      const jobs = this.#jobs.splice(0, MAX_AT_ONCE)
      await this.#serve(jobs.filter((job) => this.#matters(job)))
      if (this.#jobs.length > 0) await this.#nextTick()
    }
    this.#isWorking = false
    if (this.#placed.size === 0) this.#parts.onIdle()
  }

  #nextTick(): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.afterTick(resolve))
  }

  #matters(job: Job): boolean {
    if (typeof job === 'string') return this.#placed.has(job)
    if (job.claim.isWanted()) return true
    job.settle(refuse('forbidden', 'the connection has ended meanwhile'))
    return false
  }

  async #serve(jobs: readonly Job[]): Promise<void> {
    try {
      for (let attempt = 0; attempt < MAX_ATTEMPTS && jobs.length > 0; attempt += 1) {
        if (await this.#tryToServe(jobs)) return
        // What is true now is read before it is tried again.
        this.#map.invalidate()
      }
      if (jobs.length > 0) {
        throw new RealtimeError('unavailable', 'too many enter and leave at this moment')
      }
    } catch (error) {
      this.#map.invalidate()
      for (const job of jobs) {
        if (typeof job === 'string') {
          this.#parts.onLost(error)
          continue
        }
        // It may have been written all the same, and is to be given back then.
        this.#placed.add(job.claim.connectionId)
        job.fail(error)
      }
    }
  }

  // False where it has to be tried again.
  async #tryToServe(jobs: readonly Job[]): Promise<boolean> {
    const { engine, channel } = this.#parts
    const roll = this.#roll
    const wasKnown = this.#map.version !== undefined
    await this.#map.load()
    const ifVersion = this.#map.version
    if (ifVersion === undefined) return false
    const changes = new Map<string, KeyChange>()
    const refused = new Set<Waiting>()
    // In the order of arrival: a place that is given back is free for those behind.
    for (const job of jobs) {
      const change = typeof job === 'string' ? { key: job, value: null } : admit(job.claim, roll)
      if (!change) refused.add(job as Waiting)
      else if (roll.anticipate(change)) changes.set(change.key, change)
    }
    // Another node may have given places back that this one has not heard of.
    if (wasKnown && refused.size > 0) return false
    if (changes.size > 0) {
      const made = [...changes.values()]
      const changed = await engine.change(channel, MEMBERS_MAP, made, { leased: true, ifVersion })
      if (!changed.ok) return false
      const { version } = changed.value
      this.#map.apply({ channel, map: MEMBERS_MAP, changes: made, version })
    }
    for (const job of jobs) this.#settle(job, refused)
    return true
  }

  #settle(job: Job, refused: ReadonlySet<Waiting>): void {
    if (typeof job === 'string') {
      this.#placed.delete(job)
      return
    }
    const { connectionId, maxUsers } = job.claim
    if (refused.has(job)) {
      job.settle(refuse('room_full', 'Room is full', { details: { max_users: maxUsers } }))
      return
    }
    this.#placed.add(connectionId)
    job.settle(ok(undefined))
  }
}

// Undefined where there is no place.
function admit({ connectionId, userId, maxUsers }: Claim, roll: RoomRoll): KeyChange | undefined {
  const user = JSON.stringify(userId) as JsonText
  const hasRoom = maxUsers === undefined || roll.hasUser(user) || roll.users < maxUsers
  return hasRoom ? { key: connectionId, value: user } : undefined
}
