import type { Feature } from '../../core/feature.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { Memberships } from '../../core/memberships.ts'
import type { UserTurns } from '../../core/user-turns.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import type { PasswordHasher } from '../../ports/password-hasher.ts'
import type { Random } from '../../ports/random.ts'
import { HashQueue } from './hash-queue.ts'
import { PasswordGuesses } from './password-guesses.ts'
import { RoomAdministration } from './room-administration.ts'
import { RoomCapacity } from './room-capacity.ts'
import { RoomPasswords } from './room-passwords.ts'
import type { RoomRegistry } from './room-registry.ts'
import { RoomsFeature } from './rooms.ts'

/** The parts of the hub that rooms need. */
export interface RoomsParts {
  readonly registry: RoomRegistry
  readonly engine: Engine
  readonly hasher: PasswordHasher
  readonly memberships: Memberships
  readonly limits: Pick<Limits, 'roomPasswords' | 'passwords' | 'addressPasswords' | 'figures'>
  readonly turns: UserTurns
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Names this node among those of the cluster. */
  readonly node: string
  /** How long who is cut off stays present, in ms. */
  readonly graceMs: number
  /** Resolves when the engine can be asked. */
  readonly started: () => Promise<void>
}

/** Makes rooms: for those who administer them, and for those who enter. */
export function createRooms(parts: RoomsParts): {
  readonly service: RoomAdministration
  readonly features: readonly Feature[]
} {
  const { registry, engine, hasher, memberships, limits, turns, clock, logger, node } = parts
  const hashes = new HashQueue(hasher.concurrent ?? 1, limits.figures)
  const guesses = new PasswordGuesses(limits)
  const passwords = new RoomPasswords({ registry, hasher, hashes, guesses, random: parts.random })
  const ownHash = (password: string): Promise<string> => hashes.runOwn(() => hasher.hash(password))
  const { graceMs, started } = parts
  const capacity = new RoomCapacity({ engine, clock, logger, memberships, graceMs })
  const rooms = new RoomsFeature({
    registry,
    passwords,
    capacity,
    memberships,
    turns,
    engine,
    clock,
    logger,
    node,
  })
  return {
    service: new RoomAdministration(registry, ownHash, clock, started),
    features: [capacity, rooms],
  }
}
