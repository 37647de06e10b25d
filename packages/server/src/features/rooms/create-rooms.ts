import type { ChannelGuard } from '../../core/access.ts'
import type { Definitions } from '../../core/definitions.ts'
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
import { type DeclaredRoom, RoomRegistry } from './room-registry.ts'
import { RoomsFeature } from './rooms.ts'

/** What rooms need of the hub. */
export interface RoomsParts {
  readonly engine: Engine
  readonly declared: ReadonlyMap<string, DeclaredRoom>
  readonly definitions: Definitions
  readonly hasher: PasswordHasher
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

/** Rooms, for those who administer and for those who enter. */
export interface Rooms {
  readonly administration: RoomAdministration
  readonly guard: ChannelGuard
  createFeatures(memberships: Memberships): readonly Feature[]
}

/** Makes what rooms are made of. */
export function createRooms(parts: RoomsParts): Rooms {
  const { engine, declared, definitions, hasher, limits, clock, random, started } = parts
  const registry = new RoomRegistry(engine, declared, () => clock.now())
  const hashes = new HashQueue(hasher.concurrent ?? 1, limits.figures)
  const guesses = new PasswordGuesses(limits)
  const passwords = new RoomPasswords({ registry, hasher, hashes, guesses, random })
  const ownHash = (password: string): Promise<string> => hashes.runOwn(() => hasher.hash(password))
  definitions.refine = (channel, definition) => registry.refine(channel, definition)
  return {
    administration: new RoomAdministration(registry, ownHash, clock, started),
    guard: registry,
    createFeatures: (memberships) => {
      const capacity = new RoomCapacity({ ...parts, memberships })
      return [capacity, new RoomsFeature({ ...parts, registry, passwords, capacity, memberships })]
    },
  }
}
