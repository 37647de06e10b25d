import { ChannelMap } from '../../core/channel-map.ts'
import { type ChannelDefinition, DEFAULT_DEFINITION } from '../../core/definitions.ts'
import { roomOf } from '../../core/room-channel.ts'
import type { Engine, JsonText, KeyChange, MapChange } from '../../ports/engine.ts'
import type { Room, RoomBan, RoomMetadata } from './room.ts'

/** The map of the engine that holds what is known of all rooms. */
export const ROOMS_MAP = 'rooms'
/** Where that map stands; no channel can have this name. */
export const ROOMS_PLACE = '$rooms'
/** How long every node gets to hear of a kick, in ms. */
const KICK_TTL_MS = 10_000

/** A room as it is kept. */
interface StoredRoom {
  readonly password_hash: string | null
  readonly max_users: number | null
  readonly persist: boolean
  readonly metadata: RoomMetadata | null
  readonly created_at_ms: number
}

interface StoredBan {
  readonly reason: string
  readonly until_ms: number | null
}

/** Rooms of the configuration; their passwords are known to it. */
export interface DeclaredRoom {
  readonly password?: string | undefined
  readonly maxUsers?: number | undefined
  readonly persist?: boolean | undefined
  readonly metadata?: RoomMetadata | undefined
}

/** What every node is told of. */
export interface RoomEvents {
  onRemoved(roomId: string): void
  /** A room was made or changed. */
  onChanged(roomId: string): void
  onKicked(roomId: string, userId: string, reason: string): void
}

/** Knows the rooms of the whole cluster, and who is banned from them. */
export class RoomRegistry {
  readonly #engine: Engine
  readonly #declared: ReadonlyMap<string, DeclaredRoom>
  readonly #nowMs: () => number
  readonly #stored = new Map<string, StoredRoom>()
  readonly #bans = new Map<string, Map<string, StoredBan>>()
  readonly #map: ChannelMap
  #events: RoomEvents | undefined

  constructor(engine: Engine, declared: ReadonlyMap<string, DeclaredRoom>, nowMs: () => number) {
    this.#engine = engine
    this.#map = new ChannelMap(engine, ROOMS_PLACE, ROOMS_MAP, {
      keys: () => this.#keys(),
      take: ({ changes }) => {
        for (const change of changes) this.#take(change)
      },
    })
    this.#declared = declared
    this.#nowMs = nowMs
  }

  /**
   * Reads what the engine holds, and tells of it and of all that changes.
   *
   * @throws {RealtimeError} `unavailable` when the engine cannot be read
   */
  async start(events: RoomEvents): Promise<void> {
    this.#events = events
    await this.#engine.join(ROOMS_PLACE)
    await this.#map.load()
  }

  /** Takes a change that the engine told of. */
  apply(change: MapChange): void {
    this.#map.apply(change)
  }

  /** Returns a room; undefined if no room has this id. */
  find(id: string): Room | undefined {
    const stored = this.#stored.get(id)
    if (stored) {
      return {
        id,
        hasPassword: stored.password_hash !== null,
        maxUsers: stored.max_users,
        persist: stored.persist,
        metadata: stored.metadata,
        createdAtMs: stored.created_at_ms,
      }
    }
    const declared = this.#declared.get(id)
    return (
      declared && {
        id,
        hasPassword: declared.password !== undefined,
        maxUsers: declared.maxUsers ?? null,
        persist: declared.persist ?? false,
        metadata: declared.metadata ?? null,
        createdAtMs: null,
      }
    )
  }

  /** Lists all rooms by id. */
  list(): Room[] {
    const ids = [...new Set([...this.#declared.keys(), ...this.#stored.keys()])].sort()
    return ids.flatMap((id) => this.find(id) ?? [])
  }

  /** True for a room of the configuration, which only the configuration changes. */
  isDeclared(id: string): boolean {
    return this.#declared.has(id)
  }

  /** The hash of a room's password; undefined where it has none, or the configuration knows it. */
  passwordHash(id: string): string | undefined {
    return this.#stored.get(id)?.password_hash ?? undefined
  }

  /** The password of a room of the configuration. */
  declaredPassword(id: string): string | undefined {
    return this.#declared.get(id)?.password
  }

  /** Tells whether one has to know something to enter a channel. */
  isLocked(channel: string): boolean {
    if (this.#stored.size + this.#declared.size === 0) return false
    const id = roomOf(channel)
    if (id === undefined) return false
    return this.passwordHash(id) !== undefined || this.declaredPassword(id) !== undefined
  }

  /** Returns what holds in a room, beside what its pattern says. */
  refine(
    channel: string,
    definition: ChannelDefinition | undefined,
  ): ChannelDefinition | undefined {
    const id = this.#stored.size === 0 ? undefined : roomOf(channel)
    const stored = id === undefined ? undefined : this.#stored.get(id)
    if (!stored) return definition
    const base = definition ?? DEFAULT_DEFINITION
    return {
      ...base,
      maxUsers: stored.max_users ?? base.maxUsers,
      state: base.state && { persist: stored.persist || base.state.persist },
    }
  }

  /** Tells whether a user is kept out of a channel. */
  isBanned(channel: string, userId: string): boolean {
    if (this.#bans.size === 0) return false
    const id = roomOf(channel)
    return id !== undefined && this.banOf(id, userId) !== undefined
  }

  /** Returns the ban of a user that is in force. */
  banOf(id: string, userId: string): RoomBan | undefined {
    const ban = this.#bans.get(id)?.get(userId)
    if (!ban || (ban.until_ms !== null && ban.until_ms <= this.#nowMs())) return undefined
    return { userId, reason: ban.reason, untilMs: ban.until_ms }
  }

  /** Lists the bans of a room that are in force. */
  bans(id: string): RoomBan[] {
    return [...(this.#bans.get(id)?.keys() ?? [])].flatMap((userId) => this.banOf(id, userId) ?? [])
  }

  /** Stores a room. */
  async store(room: Omit<Room, 'hasPassword'>, passwordHash: string | null): Promise<void> {
    const stored: StoredRoom = {
      password_hash: passwordHash,
      max_users: room.maxUsers,
      persist: room.persist,
      metadata: room.metadata,
      created_at_ms: room.createdAtMs ?? this.#nowMs(),
    }
    await this.#write([{ key: roomKey(room.id), value: JSON.stringify(stored) as JsonText }])
  }

  /** Removes a room and its bans. */
  async remove(id: string): Promise<void> {
    const bans = [...(this.#bans.get(id)?.keys() ?? [])]
    await this.#write([
      { key: roomKey(id), value: null },
      ...bans.map((userId) => ({ key: banKey(id, userId), value: null })),
    ])
  }

  /** Stores a ban, or takes it back. */
  async ban(id: string, userId: string, ban: Omit<RoomBan, 'userId'> | null): Promise<void> {
    const stored: StoredBan | null = ban && { reason: ban.reason, until_ms: ban.untilMs }
    const value = stored && (JSON.stringify(stored) as JsonText)
    await this.#write([{ key: banKey(id, userId), value }])
  }

  /** Tells every node to put a user out. */
  async kick(id: string, userId: string, reason: string): Promise<void> {
    const value = JSON.stringify(reason) as JsonText
    const changes = [{ key: kickKey(id, userId), value }]
    await this.#engine.change(ROOMS_PLACE, ROOMS_MAP, changes, { ttlMs: KICK_TTL_MS })
  }

  async #write(changes: readonly KeyChange[]): Promise<void> {
    await this.#engine.change(ROOMS_PLACE, ROOMS_MAP, changes, {})
  }

  *#keys(): Iterable<string> {
    for (const id of this.#stored.keys()) yield roomKey(id)
    for (const [id, bans] of this.#bans) for (const userId of bans.keys()) yield banKey(id, userId)
  }

  #take({ key, value }: KeyChange): void {
    const [kind = '', id = '', ...rest] = key.split('/')
    const userId = rest.join('/')
    if (kind === 'room') {
      if (value !== null) {
        this.#stored.set(id, JSON.parse(value) as StoredRoom)
        this.#events?.onChanged(id)
      } else {
        this.#stored.delete(id)
        this.#events?.onRemoved(id)
      }
    } else if (kind === 'ban') {
      this.#takeBan(id, userId, value)
    } else if (value !== null) {
      this.#events?.onKicked(id, userId, JSON.parse(value) as string)
    }
  }

  #takeBan(id: string, userId: string, value: JsonText | null): void {
    const bans = this.#bans.get(id) ?? new Map<string, StoredBan>()
    if (value === null) bans.delete(userId)
    else bans.set(userId, JSON.parse(value) as StoredBan)
    if (bans.size === 0) this.#bans.delete(id)
    else this.#bans.set(id, bans)
  }
}

// Room ids hold no slash.
function roomKey(id: string): string {
  return `room/${id}`
}

function banKey(id: string, userId: string): string {
  return `ban/${id}/${userId}`
}

function kickKey(id: string, userId: string): string {
  return `kick/${id}/${userId}`
}
