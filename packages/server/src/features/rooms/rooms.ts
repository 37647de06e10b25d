import { ok, type Result, refuse, type SubscribeRequest } from '@coterie/protocol'
import type { UserConnection } from '../../core/connection.ts'
import type { Feature, LeaveReason, ReplyField } from '../../core/feature.ts'
import { isoTime } from '../../core/iso-time.ts'
import type { Membership } from '../../core/membership.ts'
import type { Memberships } from '../../core/memberships.ts'
import { NodeUse } from '../../core/node-use.ts'
import { roomChannel, roomOf } from '../../core/room-channel.ts'
import { turnOf, type UserTurns } from '../../core/user-turns.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, MapChange } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Guesser } from './password-guesses.ts'
import type { RoomCapacity } from './room-capacity.ts'
import type { RoomPasswords } from './room-passwords.ts'
import { ROOMS_MAP, type RoomEvents, type RoomRegistry } from './room-registry.ts'

/** The engine's map of the nodes on which a room has users. */
const NODES_MAP = 'room_nodes'
/** A room without `persist` is deleted after it was empty for this long, in ms. */
const RETENTION_MS = 60_000

/** The parts of the hub that the feature needs. */
export interface RoomsFeatureParts {
  readonly registry: RoomRegistry
  readonly passwords: RoomPasswords
  readonly capacity: RoomCapacity
  readonly memberships: Memberships
  readonly turns: UserTurns
  readonly engine: Engine
  readonly clock: Clock
  readonly logger: Logger
  readonly node: string
}

/** Decides who may enter a room, and deletes empty rooms. */
export class RoomsFeature implements Feature, RoomEvents {
  readonly maps = [ROOMS_MAP]
  readonly #parts: RoomsFeatureParts
  readonly #capacity: RoomCapacity
  readonly #use: NodeUse
  readonly #members = new Map<string, Set<Membership>>()

  constructor(parts: RoomsFeatureParts) {
    const { capacity, engine, clock, logger, node } = parts
    this.#parts = parts
    this.#capacity = capacity
    this.#use = new NodeUse({
      engine,
      clock,
      logger,
      node,
      map: NODES_MAP,
      retentionMs: RETENTION_MS,
      onUnused: (channel) => this.#forget(channel),
    })
  }

  onStart(): Promise<void> {
    return this.#parts.registry.start(this)
  }

  onRemoved(id: string): void {
    this.#putOut(id, () => true, 'not_found', 'Room not found')
  }

  onKicked(id: string, userId: string, reason: string): void {
    const isMeant = ({ connection }: Membership): boolean => connection.principal.userId === userId
    this.#putOut(id, isMeant, 'forbidden', reason)
  }

  // A limit that is set later counts the users who are in the room already.
  onChanged(id: string): void {
    const { registry, logger } = this.#parts
    if (registry.find(id)?.maxUsers == null) return
    for (const membership of this.#members.get(roomChannel(id)) ?? []) {
      this.#capacity.claim(membership, undefined).catch((error: unknown) => {
        logger.warn({ room: id, error }, 'a user of a room could not be counted')
      })
    }
  }

  async onStop(): Promise<void> {
    this.#use.stop()
  }

  onChange(change: MapChange): void {
    this.#parts.registry.apply(change)
  }

  async onJoin(
    membership: Membership,
    { password }: SubscribeRequest,
  ): Promise<Result<ReplyField | undefined>> {
    const { channel, connection, definition } = membership
    const id = roomOf(channel)
    const { registry, passwords } = this.#parts
    const { userId } = connection.principal
    if (id !== undefined) {
      const checked = await passwords.check(id, guesserOf(connection), password)
      if (!checked.ok) return checked
    }
    const { maxUsers } = definition
    if (maxUsers !== undefined) {
      const claimed = await this.#capacity.claim(membership, maxUsers)
      // Many claims may be decided at the same moment.
      await this.#parts.turns.take(turnOf(connection))
      if (!claimed.ok) return claimed
    }
    if (id === undefined) return ok(undefined)
    this.#add(channel, membership)
    // The user may have been banned while the password was checked.
    const ban = registry.banOf(id, userId)
    if (ban) return refuse('forbidden', `Access denied: ${ban.reason}`)
    return ok(() => ({ room: this.#describe(id) }))
  }

  onLeave(membership: Membership, reason: LeaveReason): void {
    this.#capacity.release(membership, reason)
    const { channel } = membership
    const members = this.#members.get(channel)
    if (!members?.delete(membership) || members.size > 0) return
    this.#members.delete(channel)
    if (this.#vanishes(channel)) this.#use.leave(channel)
  }

  #describe(id: string) {
    const { registry } = this.#parts
    const room = registry.find(id)
    return {
      id,
      metadata: room?.metadata ?? null,
      max_users: room?.maxUsers ?? null,
      created_at: room?.createdAtMs == null ? null : isoTime(room.createdAtMs),
    }
  }

  #add(channel: string, membership: Membership): void {
    const members = this.#members.get(channel) ?? new Set()
    this.#members.set(channel, members.add(membership))
    if (members.size > 1 || !this.#vanishes(channel)) return
    this.#use.enter(channel).catch((error: unknown) => {
      this.#parts.logger.warn({ channel, error }, 'an empty room may remain')
    })
  }

  // Rooms of the configuration stay as long as they are in it.
  #vanishes(channel: string): boolean {
    const id = roomOf(channel)
    const room = id === undefined ? undefined : this.#parts.registry.find(id)
    return room !== undefined && room.createdAtMs !== null && !room.persist
  }

  async #forget(channel: string): Promise<void> {
    const id = roomOf(channel)
    if (id !== undefined && this.#vanishes(channel)) await this.#parts.registry.remove(id)
  }

  #putOut(
    id: string,
    isMeant: (membership: Membership) => boolean,
    code: 'not_found' | 'forbidden',
    reason: string,
  ): void {
    const { memberships } = this.#parts
    for (const membership of [...(this.#members.get(roomChannel(id)) ?? [])]) {
      if (isMeant(membership)) memberships.putOut(membership, code, reason)
    }
  }
}

function guesserOf({ principal, transport }: UserConnection): Guesser {
  const { userId, isAnonymous } = principal
  return { userId, isAnonymous, address: transport.remoteAddress }
}
