import { err, hasWildcard, type RecoveryFailure, type Result } from '@coterie/protocol'
import type { Engine, EventRecord, LogPage, ReadOptions } from '../ports/engine.ts'
import type { Access } from './access.ts'
import type { ChannelDefinition } from './definitions.ts'
import type { LogSubscription } from './log-subscription.ts'
import type { ReadTurns } from './read-turns.ts'

/** Characters that an event costs to read and write beside its payload. */
const EVENT_CHARACTERS = 400

/** A channel or pattern, and the rules that say whether it has a log. */
interface LogOwner {
  readonly channel: string
  readonly definition: ChannelDefinition
}

/** Reads the log of a subscription: of one channel or of a pattern's channels. */
export class LogReader {
  readonly #engine: Engine
  readonly #access: Access
  readonly #turns: ReadTurns

  constructor(engine: Engine, access: Access, turns: ReadTurns) {
    this.#engine = engine
    this.#access = access
    this.#turns = turns
  }

  /** Tells whether a subscription has a log to read. */
  hasLog({ channel, definition }: LogOwner): boolean {
    return hasWildcard(channel)
      ? this.#engine.capabilities.sequenced
      : definition.history !== undefined
  }

  /**
   * Reads a page when its turn has come. The page still contains events that the
   * subscriber may not see or receives by a channel's name.
   */
  async read(channel: string, options: ReadOptions): Promise<Result<LogPage, RecoveryFailure>> {
    await this.#turns.next()
    const page = await this.#readNow(channel, options)
    this.#turns.spend(page.ok ? costOf(page.value) : EVENT_CHARACTERS)
    return page
  }

  #readNow(channel: string, options: ReadOptions): Promise<Result<LogPage, RecoveryFailure>> {
    if (!hasWildcard(channel)) return this.#engine.read(channel, options)
    return this.#engine.capabilities.sequenced
      ? this.#engine.readPattern(channel, options)
      : Promise.resolve(err('unknown_epoch'))
  }

  /** Tells whether an event from the log is for this subscriber. */
  isFor(subscription: LogSubscription, record: EventRecord): boolean {
    const { connection, channel } = subscription
    if (record.excludeConnection === connection.id) return false
    if (!hasWildcard(channel)) return true
    const { principal } = connection
    if (!principal || !this.#access.mayReadByPattern(principal, record.channel)) return false
    // A connection receives an event once: by name, if it is also subscribed by name.
    return !connection.memberships.get(record.channel)?.hasFrom(record.position)
  }
}

function costOf({ events }: LogPage): number {
  let characters = EVENT_CHARACTERS
  for (const { payload } of events) characters += payload.length + EVENT_CHARACTERS
  return characters
}
