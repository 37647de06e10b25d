import {
  HALF_CHARACTER,
  isChannelName,
  isOfLength,
  ok,
  type Result,
  refuse,
  stateValuesProblem,
} from '@coterie/protocol'
import { type FieldProblem, misfitProblem, refuseField } from '../../core/field-problem.ts'
import { roomChannel } from '../../core/room-channel.ts'
import { served } from '../../core/served.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Room, RoomBan, RoomSettings } from './room.ts'
import type { RoomRegistry } from './room-registry.ts'

const MAX_PASSWORD_CHARACTERS = 1_024
const MAX_METADATA_BYTES = 16_384
const MAX_REASON_CHARACTERS = 200

/** How a user is removed from a room. */
export interface KickOptions {
  /** Told to who is put out. @default 'kicked' */
  readonly reason?: string | undefined
}

/** How a user is banned from a room. */
export interface BanOptions {
  /** Told to who is put out. @default 'banned' */
  readonly reason?: string | undefined
  /** In ms. @default for good */
  readonly durationMs?: number | undefined
}

/** Makes, changes and removes rooms, on behalf of the application. */
export class RoomAdministration {
  readonly #registry: RoomRegistry
  readonly #hash: (password: string) => Promise<string>
  readonly #clock: Clock
  readonly #started: () => Promise<void>

  constructor(
    registry: RoomRegistry,
    hash: (password: string) => Promise<string>,
    clock: Clock,
    started: () => Promise<void>,
  ) {
    this.#registry = registry
    this.#hash = hash
    this.#clock = clock
    this.#started = started
  }

  /** Makes a room. Refused with `conflict` where there is one by this id. */
  async create(id: string, settings: RoomSettings = {}): Promise<Result<Room>> {
    const problem = idProblem(id) ?? settingsProblem(settings)
    if (problem !== undefined) return refuseField(problem)
    return this.#served(async () => {
      if (this.#registry.find(id)) return refuse('conflict', `there is a room ${id} already`)
      return this.#store(id, settings, undefined)
    })
  }

  /** Changes a room; what is not named stays as it is. */
  async update(id: string, settings: RoomSettings): Promise<Result<Room>> {
    const problem = settingsProblem(settings)
    if (problem !== undefined) return refuseField(problem)
    return this.#served(async () => {
      const known = this.#find(id)
      if (!known.ok) return known
      if (this.#registry.isDeclared(id)) return refuseDeclared(id)
      return this.#store(id, settings, known.value)
    })
  }

  /** Removes a room and puts everybody out. */
  remove(id: string): Promise<Result<void>> {
    return this.#served(async () => {
      const known = this.#find(id)
      if (!known.ok) return known
      if (this.#registry.isDeclared(id)) return refuseDeclared(id)
      await this.#registry.remove(id)
      return ok(undefined)
    })
  }

  /** Lists the rooms that were made, by id. */
  async list(): Promise<readonly Room[]> {
    await this.#started()
    return this.#registry.list()
  }

  /** Returns a room that was made. */
  find(id: string): Promise<Result<Room>> {
    return this.#served(async () => this.#find(id))
  }

  /** Puts all connections of a user out of a room; they may enter again. */
  async kick(id: string, userId: string, options: KickOptions = {}): Promise<Result<void>> {
    const { reason = 'kicked' } = options
    const problem = idProblem(id) ?? userProblem(userId) ?? reasonProblem(reason)
    if (problem !== undefined) return refuseField(problem)
    return this.#served(async () => {
      await this.#registry.kick(id, userId, reason)
      return ok(undefined)
    })
  }

  /** Puts a user out of a room and keeps them out. */
  async ban(id: string, userId: string, options: BanOptions = {}): Promise<Result<RoomBan>> {
    const { reason = 'banned', durationMs } = options
    const problem =
      idProblem(id) ?? userProblem(userId) ?? reasonProblem(reason) ?? durationProblem(durationMs)
    if (problem !== undefined) return refuseField(problem)
    return this.#served(async () => {
      const untilMs = durationMs === undefined ? null : this.#clock.now() + durationMs
      await this.#registry.ban(id, userId, { reason, untilMs })
      await this.#registry.kick(id, userId, reason)
      return ok({ userId, reason, untilMs })
    })
  }

  /** Lets a user in again. */
  unban(id: string, userId: string): Promise<Result<void>> {
    return this.#served(async () => {
      if (!this.#registry.banOf(id, userId)) {
        return refuse('not_found', `${userId} is not banned from ${id}`)
      }
      await this.#registry.ban(id, userId, null)
      return ok(undefined)
    })
  }

  /** Lists who is banned from a room. */
  async bans(id: string): Promise<readonly RoomBan[]> {
    await this.#started()
    return this.#registry.bans(id)
  }

  #served<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    return served(this.#started, work)
  }

  #find(id: string): Result<Room> {
    const room = this.#registry.find(id)
    return room ? ok(room) : refuse('not_found', 'Room not found')
  }

  async #store(
    id: string,
    { password, maxUsers, persist, metadata }: RoomSettings,
    before: Room | undefined,
  ): Promise<Result<Room>> {
    const hash =
      password === undefined
        ? (this.#registry.passwordHash(id) ?? null)
        : password && (await this.#hash(password))
    const room = {
      id,
      maxUsers: maxUsers === undefined ? (before?.maxUsers ?? null) : maxUsers,
      persist: persist ?? before?.persist ?? false,
      metadata: metadata === undefined ? (before?.metadata ?? null) : metadata,
      createdAtMs: before?.createdAtMs ?? this.#clock.now(),
    }
    await this.#registry.store(room, hash)
    return ok({ ...room, hasPassword: hash !== null })
  }
}

function refuseDeclared(id: string): ReturnType<typeof refuse> {
  return refuse('conflict', `the room ${id} is declared in the configuration; change it there`)
}

function idProblem(id: string): FieldProblem | undefined {
  return isChannelName(roomChannel(id))
    ? undefined
    : 'id: expected segments of A–Z a–z 0–9 _ . @ = - joined by ":"'
}

function settingsProblem({ password, maxUsers, metadata }: RoomSettings): FieldProblem | undefined {
  if (password !== undefined && password !== null) {
    if (!isOfLength(password, 1, MAX_PASSWORD_CHARACTERS)) {
      return `password: expected 1–${MAX_PASSWORD_CHARACTERS} characters`
    }
    if (!password.isWellFormed()) return `password: ${HALF_CHARACTER}`
  }
  if (maxUsers != null && !(Number.isSafeInteger(maxUsers) && maxUsers > 0)) {
    return 'max_users: expected a positive integer'
  }
  if (!metadata) return undefined
  const misfit = misfitProblem('metadata', metadata)
  if (misfit !== undefined) return misfit
  const problem = stateValuesProblem(metadata)
  if (problem !== undefined) return `metadata: ${problem}`
  return Buffer.byteLength(JSON.stringify(metadata)) > MAX_METADATA_BYTES
    ? `metadata: expected at most ${MAX_METADATA_BYTES} bytes`
    : undefined
}

function userProblem(userId: string): FieldProblem | undefined {
  return userId.isWellFormed() ? undefined : `user_id: ${HALF_CHARACTER}`
}

function reasonProblem(reason: string): FieldProblem | undefined {
  if (!isOfLength(reason, 0, MAX_REASON_CHARACTERS)) {
    return `reason: expected at most ${MAX_REASON_CHARACTERS} characters`
  }
  return reason.isWellFormed() ? undefined : `reason: ${HALF_CHARACTER}`
}

function durationProblem(durationMs: number | undefined): FieldProblem | undefined {
  return durationMs === undefined || (Number.isSafeInteger(durationMs) && durationMs > 0)
    ? undefined
    : 'duration_ms: expected a positive integer'
}
