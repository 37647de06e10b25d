import type { Clock } from '../ports/clock.ts'
import type { Connection } from './connection.ts'
import { FairQueue } from './fair-queue.ts'

/** Bytes of a message that cost about as much to read as a small one costs in all. */
const BYTES_PER_UNIT = 4_096
/** Turns that the application has among those of users: it speaks for many of them. */
const APPLICATION_TURNS = 64

/** Work that begins when it is its turn. */
export interface Turn {
  /** Never throws. */
  begin(): void
}

/** Lets users take turns in being served, whatever they come by. */
export class UserTurns {
  readonly #queue: FairQueue<unknown, Turn>
  readonly #application = Array.from({ length: APPLICATION_TURNS }, () => Symbol('application'))
  #taken = 0

  constructor(clock: Clock) {
    this.#queue = new FairQueue(clock, (turn) => turn.begin())
  }

  /**
   * Begins work now or in its turn.
   *
   * @param source whose turn it is: the user, or the connection of one who may be anybody
   * @param bytes what is to be read for it
   */
  add(source: unknown, turn: Turn, bytes = 0): void {
    this.#queue.add(source, turn, 1 + Math.floor(bytes / BYTES_PER_UNIT))
  }

  /** Resolves when it is the turn of a source. */
  take(source: unknown, bytes = 0): Promise<void> {
    return new Promise((resolve) => this.add(source, { begin: resolve }, bytes))
  }

  /** Resolves when it is the turn of the application. */
  takeForApplication(bytes = 0): Promise<void> {
    this.#taken = (this.#taken + 1) % APPLICATION_TURNS
    return this.take(this.#application[this.#taken], bytes)
  }
}

/** Tells whose turn work for a connection waits for. */
export function turnOf(connection: Connection): unknown {
  const { principal } = connection
  // An anonymous user can be another one with every connection.
  return principal && !principal.isAnonymous ? principal.userId : connection
}
