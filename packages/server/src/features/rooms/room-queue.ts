import { ok, RealtimeError, type Result, refuse } from '@coterie/protocol'
import { ChannelMap } from '../../core/channel-map.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, JsonText, KeyChange, MapChange } from '../../ports/engine.ts'
import { RoomRoll } from './room-roll.ts'

/** The map of the engine that says which connections of which users are in a room. */
export const MEMBERS_MAP = 'room_members'
/** Jobs that one write serves at most; other work gets its turn before the next write. */
const MAX_AT_ONCE = 256
/** Conflicts with writes of other nodes after which waiting claims fail. */
const MAX_ATTEMPTS = 100

/** A user who waits for a place in a room. */
export interface Claim {
  readonly connectionId: string
  readonly userId: string
  /** Undefined takes a place however many users are in the room. */
  readonly maxUsers: number | undefined
  /** False once the connection does not wait for the answer any more. */
  readonly isWanted: () => boolean
}

/** What a queue needs of the node. */
export interface RoomQueueParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly channel: string
  /** No connection of this node has a place, or waits for one. */
  readonly onIdle: () => void
  /** A place could not be given back. */
  readonly onLost: (error: unknown) => void
}

interface Waiting {
  readonly claim: Claim
  readonly settle: (result: Result<undefined>) => void
  readonly fail: (error: unknown) => void
}

/** A claim that waits, or the id of a connection that gives its place back. */
type Job = Waiting | string

/**
 * Gives the places of one room to connections of this node, one write at a time.
 *
 * Jobs that arrive during a write are served together by the next one. Writes of
 * single jobs would conflict with each other, and each conflict costs a read. Very
 * many jobs are served by several writes, with other work in between.
 */
export class RoomQueue {
  readonly #parts: RoomQueueParts
  /** Jobs that wait, in the order of arrival. */
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

  /** Takes a place, or is refused with `room_full`. Rejects where the engine fails. */
  enter(claim: Claim): Promise<Result<undefined>> {
    return new Promise((settle, fail) => this.#add({ claim, settle, fail }))
  }

  /** Gives back the place that a connection has, or is about to get. */
  leave(connectionId: string): void {
    this.#add(connectionId)
  }

  /** Takes a change that the engine made. */
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
        // The next attempt reads who is in the room now.
        this.#map.invalidate()
      }
      if (jobs.length > 0) {
        throw new RealtimeError(
          'unavailable',
          'too many users enter and leave rooms at this moment',
        )
      }
    } catch (error) {
      this.#map.invalidate()
      for (const job of jobs) {
        if (typeof job === 'string') {
          this.#parts.onLost(error)
          continue
        }
        // The write may have succeeded all the same; then the place has to be given back.
        this.#placed.add(job.claim.connectionId)
        job.fail(error)
      }
    }
  }

  // Returns false where another attempt is needed.
  async #tryToServe(jobs: readonly Job[]): Promise<boolean> {
    const { engine, channel } = this.#parts
    const roll = this.#roll
    const wasKnown = this.#map.version !== undefined
    await this.#map.load()
    const ifVersion = this.#map.version
    if (ifVersion === undefined) return false
    const changes = new Map<string, KeyChange>()
    const refused = new Set<Waiting>()
    // In the order of arrival: a place that is given back is free for the claims after it.
    for (const job of jobs) {
      const change = typeof job === 'string' ? { key: job, value: null } : admit(job.claim, roll)
      if (!change) refused.add(job as Waiting)
      else if (roll.anticipate(change)) changes.set(change.key, change)
    }
    // Another node may have given places back, and this node has not heard of it yet.
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

// Returns undefined where the room is full.
function admit({ connectionId, userId, maxUsers }: Claim, roll: RoomRoll): KeyChange | undefined {
  const user = JSON.stringify(userId) as JsonText
  const hasRoom = maxUsers === undefined || roll.hasUser(user) || roll.users < maxUsers
  return hasRoom ? { key: connectionId, value: user } : undefined
}
