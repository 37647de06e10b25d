import type { PresenceEntry, PresenceLeave } from '@coterie/protocol'
import type { MapChange, MapSnapshot } from '../../ports/engine.ts'
import { differs, type PresenceValue, parseValue, reportUser } from './presence-value.ts'

/** What changed in a roster between two reports. */
export interface PresenceDifference {
  readonly joins: PresenceEntry[]
  readonly updates: PresenceEntry[]
  readonly leaves: PresenceLeave[]
}

/** Some users as somebody was shown them; undefined for one who was not there. */
export type Shown = ReadonlyMap<string, PresenceEntry | undefined>

interface UserChange {
  readonly userId: string
  readonly before: PresenceEntry | undefined
  readonly after: PresenceEntry | undefined
}

/** What happened in one window. Who came and went within it is in none of its differences. */
export class PresenceReport {
  readonly #changes: readonly UserChange[]

  constructor(changes: readonly UserChange[]) {
    this.#changes = changes
  }

  /** Returns the difference for those who know what was there when the window began. */
  difference(): PresenceDifference {
    return differenceOf(this.#changes)
  }

  /** Returns the difference for one who got a snapshot within the window. */
  differenceSince(shown: Shown): PresenceDifference {
    return differenceOf(
      this.#changes.map((change) =>
        shown.has(change.userId) ? { ...change, before: shown.get(change.userId) } : change,
      ),
    )
  }
}

function differenceOf(changes: readonly UserChange[]): PresenceDifference {
  const difference: PresenceDifference = { joins: [], updates: [], leaves: [] }
  for (const { before, after } of changes) {
    if (after && !before) difference.joins.push(after)
    else if (after && before && differs(before, after)) difference.updates.push(after)
    else if (before && !after) {
      difference.leaves.push({ user_id: before.user_id, connection_id: before.connection_id })
    }
  }
  return difference
}

/** Who is present in one channel: kept per connection, reported per user. */
export class Roster {
  readonly #connectionsByUser = new Map<string, Map<string, PresenceValue>>()
  readonly #userByConnection = new Map<string, string>()
  /** What was last reported of each user who has changed since. */
  readonly #reported = new Map<string, PresenceEntry | undefined>()
  #version = 0

  /** The version of the last change that is in the roster. */
  get version(): number {
    return this.#version
  }

  get isEmpty(): boolean {
    return this.#userByConnection.size === 0
  }

  get users(): number {
    return this.#connectionsByUser.size
  }

  /** True when a report is due. */
  get hasChanges(): boolean {
    return this.#reported.size > 0
  }

  /** Takes over all that the engine holds, as already reported. */
  load(snapshot: MapSnapshot): void {
    for (const [connectionId, value] of snapshot.entries) this.#set(connectionId, parseValue(value))
    this.#version = snapshot.version
  }

  /** Takes one change; one that is already in is ignored. */
  apply(change: MapChange): void {
    if (change.version <= this.#version) return
    this.#version = change.version
    for (const { key, value } of change.changes) {
      const parsed = value === null ? undefined : parseValue(value)
      const userId = parsed?.user_id ?? this.#userByConnection.get(key)
      if (userId === undefined) continue
      if (!this.#reported.has(userId)) this.#reported.set(userId, this.#report(userId))
      if (parsed) this.#set(key, parsed)
      else this.#delete(key, userId)
    }
  }

  /** Returns one entry for each user present now. */
  entries(): PresenceEntry[] {
    return [...this.#connectionsByUser.keys()].flatMap((userId) => this.#report(userId) ?? [])
  }

  /** Returns the users who have changed since the last report, as they are now. */
  changed(): Shown {
    return new Map([...this.#reported.keys()].map((userId) => [userId, this.#report(userId)]))
  }

  /** Ends a window: from now on changes count against what is there now. */
  takeReport(): PresenceReport {
    const changes = [...this.#reported].map(([userId, before]): UserChange => {
      return { userId, before, after: this.#report(userId) }
    })
    this.#reported.clear()
    return new PresenceReport(changes)
  }

  #report(userId: string): PresenceEntry | undefined {
    const connections = this.#connectionsByUser.get(userId)
    return connections && reportUser(connections)
  }

  #set(connectionId: string, value: PresenceValue): void {
    this.#userByConnection.set(connectionId, value.user_id)
    const connections = this.#connectionsByUser.get(value.user_id)
    if (connections) connections.set(connectionId, value)
    else this.#connectionsByUser.set(value.user_id, new Map([[connectionId, value]]))
  }

  #delete(connectionId: string, userId: string): void {
    this.#userByConnection.delete(connectionId)
    const connections = this.#connectionsByUser.get(userId)
    connections?.delete(connectionId)
    if (connections?.size === 0) this.#connectionsByUser.delete(userId)
  }
}
