import type { Clock } from '../ports/clock.ts'
import type { Connection } from './connection.ts'
import { FairQueue } from './fair-queue.ts'

/** Bytes of a message that cost about as much to parse as a whole small message. */
const BYTES_PER_UNIT = 4_096
/** Turns of the application among those of users: it speaks for many of them. */
const APPLICATION_TURNS = 64

/** Work that starts when its turn comes. */
export interface Turn {
  /** Never throws. */
  begin(): void
}

/** Lets users take turns in being served, over all transports. */
export class UserTurns {
  readonly #queue: FairQueue<unknown, Turn>
  readonly #application = Array.from({ length: APPLICATION_TURNS }, () => Symbol('application'))
  #taken = 0

  constructor(clock: Clock) {
    this.#queue = new FairQueue(clock, (turn) => turn.begin())
  }

  /**
   * Starts work now or in its turn.
   *
   * @param source whose turn it is: a user, or the connection of an anonymous user
   * @param bytes how much must be parsed for the work
   */
  add(source: unknown, turn: Turn, bytes = 0): void {
    this.#queue.add(source, turn, 1 + Math.floor(bytes / BYTES_PER_UNIT))
  }

  /** Resolves when the turn of a source comes. */
  take(source: unknown, bytes = 0): Promise<void> {
    return new Promise((resolve) => this.add(source, { begin: resolve }, bytes))
  }

  /** Resolves when the turn of the application comes. */
  takeForApplication(bytes = 0): Promise<void> {
    this.#taken = (this.#taken + 1) % APPLICATION_TURNS
    return this.take(this.#application[this.#taken], bytes)
  }
}

/** Returns the source whose turn the work of a connection waits for. */
export function turnOf(connection: Connection): unknown {
  const { principal } = connection
  // An anonymous user can change with every connection.
  return principal && !principal.isAnonymous ? principal.userId : connection
}
