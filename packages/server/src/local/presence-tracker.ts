import type { JsonValue } from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import { systemClock } from '../system-clock.ts'

/** What a client shows of itself. */
export type PresenceMetadata = Readonly<Record<string, JsonValue>>

/** One client in one channel. */
export interface PresenceInfo {
  readonly clientId: string
  readonly metadata: PresenceMetadata
  /** Wall time in ms since 1970. */
  readonly joinedAt: number
  /** Wall time in ms since 1970. */
  readonly lastSeen: number
}

/** What changed in a channel since a consumer last asked. */
export interface PresenceDiff {
  readonly joins: readonly PresenceInfo[]
  /** Those who were there and show something else now. */
  readonly updates: readonly PresenceInfo[]
  /** Ids of clients. */
  readonly leaves: readonly string[]
  hasChanges(): boolean
}

/** A client as JSON. */
export interface PresenceDict {
  readonly client_id: string
  readonly metadata: PresenceMetadata
  /** ISO 8601 UTC with milliseconds. */
  readonly joined_at: string
  readonly last_seen: string
}

interface Tracked {
  info: PresenceInfo
  /** Monotonic, in ms. */
  seenAtMs: number
}

/** How a client stood when a consumer last asked; undefined for one that was not there. */
type Before = Map<string, PresenceInfo | undefined>

interface Room {
  readonly clients: Map<string, Tracked>
  /** By consumer: the clients that have changed since it last asked. */
  readonly cursors: Map<string, Before>
}

const DEFAULT_CONSUMER = ''

/**
 * Who is in which channel, and what changed since each consumer last asked.
 *
 * Whoever comes and goes between two questions is in neither answer.
 */
export class PresenceTracker {
  readonly #clock: Clock
  readonly #rooms = new Map<string, Room>()

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  /** Adds a client, or replaces what it shows; twice is one join. */
  track(channel: string, clientId: string, metadata: PresenceMetadata = {}): PresenceInfo {
    const room = this.#room(channel)
    const earlier = room.clients.get(clientId)
    const nowMs = this.#clock.now()
    note(room, clientId)
    const joinedAt = earlier?.info.joinedAt ?? nowMs
    const info = { clientId, metadata, joinedAt, lastSeen: nowMs }
    room.clients.set(clientId, { info, seenAtMs: this.#clock.elapsed() })
    return info
  }

  /** Removes a client from a channel; false when it is not there. */
  untrack(channel: string, clientId: string): boolean {
    const room = this.#rooms.get(channel)
    if (!room?.clients.has(clientId)) return false
    note(room, clientId)
    room.clients.delete(clientId)
    this.#forgetUnused(channel, room)
    return true
  }

  /** Removes a client everywhere and returns the channels that it was in. */
  untrackAll(clientId: string): string[] {
    return [...this.#rooms.keys()].filter((channel) => this.untrack(channel, clientId))
  }

  /** Replaces what a client shows; false when it is not there. */
  update(channel: string, clientId: string, metadata: PresenceMetadata): boolean {
    if (!this.#rooms.get(channel)?.clients.has(clientId)) return false
    this.track(channel, clientId, metadata)
    return true
  }

  /** Notes that a client was seen, which is no change; false when it is not there. */
  touch(channel: string, clientId: string): boolean {
    const tracked = this.#rooms.get(channel)?.clients.get(clientId)
    if (!tracked) return false
    tracked.info = { ...tracked.info, lastSeen: this.#clock.now() }
    tracked.seenAtMs = this.#clock.elapsed()
    return true
  }

  /** Returns everyone in a channel, in the order in which they came. */
  list(channel: string): PresenceInfo[] {
    return [...(this.#rooms.get(channel)?.clients.values() ?? [])].map(({ info }) => info)
  }

  get(channel: string, clientId: string): PresenceInfo | null {
    return this.#rooms.get(channel)?.clients.get(clientId)?.info ?? null
  }

  count(channel: string): number {
    return this.#rooms.get(channel)?.clients.size ?? 0
  }

  /**
   * Returns what changed since this consumer last asked; all who are there on
   * its first question.
   */
  flushDiff(channel: string, consumer: string = DEFAULT_CONSUMER): PresenceDiff {
    const room = this.#room(channel)
    const before = room.cursors.get(consumer)
    room.cursors.set(consumer, new Map())
    if (!before) return diffOf(this.list(channel), [], [])
    const joins: PresenceInfo[] = []
    const updates: PresenceInfo[] = []
    const leaves: string[] = []
    for (const [clientId, was] of before) {
      const is = room.clients.get(clientId)?.info
      if (is && !was) joins.push(is)
      else if (was && !is) leaves.push(clientId)
      else if (is && was && isDifferent(is, was)) updates.push(is)
    }
    return diffOf(joins, updates, leaves)
  }

  /** Forgets a consumer, whose changes are noted no more. */
  endDiff(channel: string, consumer: string = DEFAULT_CONSUMER): void {
    const room = this.#rooms.get(channel)
    if (!room) return
    room.cursors.delete(consumer)
    this.#forgetUnused(channel, room)
  }

  /** Removes who was not seen for so many seconds and returns each as `[channel, clientId]`. */
  evictStale(timeoutSecs: number): [channel: string, clientId: string][] {
    const staleBeforeMs = this.#clock.elapsed() - timeoutSecs * 1_000
    const evicted: [string, string][] = []
    for (const [channel, { clients }] of this.#rooms) {
      for (const [clientId, { seenAtMs }] of clients) {
        if (seenAtMs <= staleBeforeMs) evicted.push([channel, clientId])
      }
    }
    for (const [channel, clientId] of evicted) this.untrack(channel, clientId)
    return evicted
  }

  /** Returns everyone in a channel as JSON. */
  listAsDicts(channel: string): PresenceDict[] {
    return this.list(channel).map(dictOf)
  }

  /** Returns what changed since this consumer last asked, as JSON. */
  diffAsDict(
    channel: string,
    consumer: string = DEFAULT_CONSUMER,
  ): { joins: PresenceDict[]; updates: PresenceDict[]; leaves: string[] } {
    const { joins, updates, leaves } = this.flushDiff(channel, consumer)
    return { joins: joins.map(dictOf), updates: updates.map(dictOf), leaves: [...leaves] }
  }

  #room(channel: string): Room {
    let room = this.#rooms.get(channel)
    if (!room) {
      room = { clients: new Map(), cursors: new Map() }
      this.#rooms.set(channel, room)
    }
    return room
  }

  #forgetUnused(channel: string, { clients, cursors }: Room): void {
    if (clients.size === 0 && cursors.size === 0) this.#rooms.delete(channel)
  }
}

// Only the first change counts: it holds how the client stood at the last question.
function note({ clients, cursors }: Room, clientId: string): void {
  const info = clients.get(clientId)?.info
  for (const before of cursors.values()) if (!before.has(clientId)) before.set(clientId, info)
}

function isDifferent(is: PresenceInfo, was: PresenceInfo): boolean {
  return (
    is.joinedAt !== was.joinedAt || JSON.stringify(is.metadata) !== JSON.stringify(was.metadata)
  )
}

function diffOf(
  joins: readonly PresenceInfo[],
  updates: readonly PresenceInfo[],
  leaves: readonly string[],
): PresenceDiff {
  const hasChanges = (): boolean => joins.length + updates.length + leaves.length > 0
  return { joins, updates, leaves, hasChanges }
}

function dictOf({ clientId, metadata, joinedAt, lastSeen }: PresenceInfo): PresenceDict {
  return {
    client_id: clientId,
    metadata,
    joined_at: new Date(joinedAt).toISOString(),
    last_seen: new Date(lastSeen).toISOString(),
  }
}
