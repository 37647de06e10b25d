import type { JsonObjectLike, JsonValue } from '@coterie/protocol'
import { canonicalChannel, copyJson } from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import { systemClock } from '../system/system-clock.ts'
import { type ChangeCursor, ChangeLog, type Difference } from './change-log.ts'
import { checkFields, SECONDS_FROM_0 } from './check-fields.ts'

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

/** What changed in a channel, as JSON. */
export interface PresenceDiffDict {
  readonly joins: PresenceDict[]
  readonly updates: PresenceDict[]
  readonly leaves: string[]
}

interface Tracked {
  readonly channel: string
  info: PresenceInfo
  /** Monotonic, in ms. */
  seenAtMs: number
}

interface Room {
  readonly clients: Map<string, Tracked>
  readonly changes: ChangeLog<PresenceInfo>
  readonly cursors: Map<string, ChangeCursor<PresenceInfo>>
}

const DEFAULT_CONSUMER = 'default'

/**
 * Knows who is in which channel, and what changed since each consumer last asked.
 *
 * A client that joins and leaves between two calls of `flushDiff` is in neither
 * diff. One that leaves and comes back is an update, if its metadata changed.
 *
 * @example
 * ```ts
 * const tracker = new PresenceTracker()
 * tracker.track('room:lobby', 'ada', { status: 'online' })
 * const { joins, updates, leaves } = tracker.flushDiff('room:lobby')
 * ```
 */
export class PresenceTracker {
  readonly #clock: Clock
  readonly #rooms = new Map<string, Room>()
  readonly #channelsByClient = new Map<string, Set<string>>()
  /** Everyone, who was seen longest ago first. */
  readonly #bySeen = new Set<Tracked>()

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  /**
   * Adds a client, or replaces what it shows; twice is one join. The metadata
   * is copied.
   *
   * @throws {RealtimeError} `invalid_payload` for metadata that JSON cannot carry
   */
  track(name: string, clientId: string, metadata: JsonObjectLike = {}): PresenceInfo {
    const channel = canonicalChannel(name)
    const copy = copyJson(metadata, 'metadata')
    if (!copy.ok) throw copy.error
    const room = this.#roomOf(channel)
    const nowMs = this.#clock.now()
    const earlier = room.clients.get(clientId)
    const info: PresenceInfo = {
      clientId,
      metadata: copy.value as PresenceMetadata,
      joinedAt: earlier?.info.joinedAt ?? nowMs,
      lastSeen: nowMs,
    }
    room.changes.willChange(clientId)
    if (earlier) {
      this.#see(earlier, info)
      return info
    }
    const tracked = { channel, info, seenAtMs: this.#clock.elapsed() }
    room.clients.set(clientId, tracked)
    this.#bySeen.add(tracked)
    const channels = this.#channelsByClient.get(clientId)
    if (channels) channels.add(channel)
    else this.#channelsByClient.set(clientId, new Set([channel]))
    return info
  }

  /** Removes a client from a channel; false when it is not there. */
  untrack(name: string, clientId: string): boolean {
    const channel = canonicalChannel(name)
    const room = this.#rooms.get(channel)
    const tracked = room?.clients.get(clientId)
    if (!room || !tracked) return false
    room.changes.willChange(clientId)
    room.clients.delete(clientId)
    this.#bySeen.delete(tracked)
    const channels = this.#channelsByClient.get(clientId)
    channels?.delete(channel)
    if (channels?.size === 0) this.#channelsByClient.delete(clientId)
    this.#forgetUnused(channel, room)
    return true
  }

  /** Removes a client everywhere and returns the channels that it was in. */
  untrackAll(clientId: string): string[] {
    const channels = [...(this.#channelsByClient.get(clientId) ?? [])]
    return channels.filter((channel) => this.untrack(channel, clientId))
  }

  /** Replaces what a client shows; false when it is not there. @throws as `track` */
  update(channel: string, clientId: string, metadata: JsonObjectLike): boolean {
    if (!this.#trackedOf(channel, clientId)) return false
    this.track(channel, clientId, metadata)
    return true
  }

  /** Notes that a client was seen, which is no change; false when it is not there. */
  touch(channel: string, clientId: string): boolean {
    const tracked = this.#trackedOf(channel, clientId)
    if (tracked) this.#see(tracked, { ...tracked.info, lastSeen: this.#clock.now() })
    return tracked !== undefined
  }

  /** Returns everyone in a channel, in the order in which they came. */
  list(channel: string): PresenceInfo[] {
    return Array.from(
      this.#rooms.get(canonicalChannel(channel))?.clients.values() ?? [],
      ({ info }) => info,
    )
  }

  get(channel: string, clientId: string): PresenceInfo | null {
    return this.#trackedOf(channel, clientId)?.info ?? null
  }

  count(channel: string): number {
    return this.#rooms.get(canonicalChannel(channel))?.clients.size ?? 0
  }

  /**
   * Returns what changed since this consumer last asked; all who are there on
   * its first question.
   *
   * @param consumer whoever keeps what it is told; each is told everything once
   */
  flushDiff(channel: string, consumer: string = DEFAULT_CONSUMER): PresenceDiff {
    const room = this.#rooms.get(canonicalChannel(channel))
    if (!room) return diffOf({ joins: [], updates: [], leaves: [] })
    const cursor = room.cursors.get(consumer)
    if (cursor) {
      const difference = cursor.take()
      this.#forgetUnused(channel, room)
      return diffOf(difference)
    }
    room.cursors.set(consumer, room.changes.open())
    return diffOf({ joins: this.list(channel), updates: [], leaves: [] })
  }

  /** Forgets a consumer, for whom no changes are kept any more. */
  endDiff(channel: string, consumer: string = DEFAULT_CONSUMER): void {
    const room = this.#rooms.get(canonicalChannel(channel))
    if (!room) return
    room.cursors.get(consumer)?.close()
    room.cursors.delete(consumer)
    this.#forgetUnused(channel, room)
  }

  /**
   * Removes who was not seen for so many seconds, and returns each as
   * `[channel, clientId]`, who was seen longest ago first. Follows monotonic time.
   *
   * @throws {RealtimeError} `invalid_payload` for anything but a number of seconds
   */
  evictStale(timeoutSecs: number): [channel: string, clientId: string][] {
    const stale = this.stale(timeoutSecs)
    for (const [channel, clientId] of stale) this.untrack(channel, clientId)
    return stale
  }

  /** Returns who was not seen for so many seconds, as `evictStale` does. */
  protected stale(timeoutSecs: number): [channel: string, clientId: string][] {
    checkFields({ timeoutSecs }, SECONDS_FROM_0)
    const staleUpToMs = this.#clock.elapsed() - timeoutSecs * 1_000
    const stale: [channel: string, clientId: string][] = []
    for (const { channel, info, seenAtMs } of this.#bySeen) {
      if (seenAtMs > staleUpToMs) break
      stale.push([channel, info.clientId])
    }
    return stale
  }

  /** Returns everyone in a channel as JSON. */
  listAsDicts(channel: string): PresenceDict[] {
    return this.list(channel).map(dictOf)
  }

  /** Returns what changed since this consumer last asked, as JSON. */
  diffAsDict(channel: string, consumer: string = DEFAULT_CONSUMER): PresenceDiffDict {
    const { joins, updates, leaves } = this.flushDiff(channel, consumer)
    return { joins: joins.map(dictOf), updates: updates.map(dictOf), leaves: [...leaves] }
  }

  #see(tracked: Tracked, info: PresenceInfo): void {
    tracked.info = info
    tracked.seenAtMs = this.#clock.elapsed()
    this.#bySeen.delete(tracked)
    this.#bySeen.add(tracked)
  }

  #trackedOf(channel: string, clientId: string): Tracked | undefined {
    return this.#rooms.get(canonicalChannel(channel))?.clients.get(clientId)
  }

  #roomOf(channel: string): Room {
    let room = this.#rooms.get(channel)
    if (!room) {
      const clients = new Map<string, Tracked>()
      const changes = new ChangeLog((clientId) => clients.get(clientId)?.info, showsOther)
      room = { clients, changes, cursors: new Map() }
      this.#rooms.set(channel, room)
    }
    return room
  }

  // A consumer who was told of nobody is as well off as one who never asked.
  #forgetUnused(channel: string, { clients, cursors }: Room): void {
    if (clients.size > 0) return
    for (const cursor of cursors.values()) if (cursor.hasChanges()) return
    this.#rooms.delete(canonicalChannel(channel))
  }
}

function showsOther(before: PresenceInfo, after: PresenceInfo): boolean {
  return JSON.stringify(before.metadata) !== JSON.stringify(after.metadata)
}

function diffOf({ joins, updates, leaves }: Difference<PresenceInfo>): PresenceDiff {
  return {
    joins,
    updates,
    leaves: leaves.map(({ clientId }) => clientId),
    hasChanges: () => joins.length + updates.length + leaves.length > 0,
  }
}

function dictOf({ clientId, metadata, joinedAt, lastSeen }: PresenceInfo): PresenceDict {
  return {
    client_id: clientId,
    metadata,
    joined_at: new Date(joinedAt).toISOString(),
    last_seen: new Date(lastSeen).toISOString(),
  }
}
