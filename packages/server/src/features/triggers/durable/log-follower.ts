import { formatPosition, type Position } from '@coterie/protocol'
import type { Engine, EventRecord, LogPage } from '../../../ports/engine.ts'
import type { Logger } from '../../../ports/logger.ts'

const PAGE = { limit: 100, maxCharacters: 1_000_000 }

/** A part of what follows a position. */
export interface FollowedPage {
  readonly events: readonly EventRecord[]
  /** Where to go on. */
  readonly readTo: Position
  readonly isEnd: boolean
}

/** Reads what a pattern matches from a position on, past events that were lost. */
export class LogFollower {
  readonly #engine: Engine
  readonly #pattern: string
  readonly #onLost: (after: Position, reason: string) => void
  /** Events up to this offset were reported as lost. */
  #lostUpTo = 0

  /** @param onLost called once for each time that events were lost */
  constructor(engine: Engine, pattern: string, onLost: (after: Position, reason: string) => void) {
    this.#engine = engine
    this.#pattern = pattern
    this.#onLost = onLost
  }

  /** Returns the end of the log. */
  async end(): Promise<Position> {
    const page = await this.#engine.readPattern(this.#pattern, { limit: 1, reverse: true })
    if (!page.ok) throw new Error(`the end of a log cannot be read: ${page.error}`)
    return page.value.top
  }

  /** Reads on. @param since null begins at the oldest */
  async read(since: Position | null): Promise<FollowedPage> {
    if (since && since.offset >= this.#lostUpTo) {
      const page = await this.#engine.readPattern(this.#pattern, { ...PAGE, since })
      if (page.ok) return followed(page.value)
      if (page.error === 'unknown_epoch') {
        this.#onLost(since, page.error)
        this.#lostUpTo = 0
        return this.read(null)
      }
      if (page.error === 'trimmed' || page.error === 'damaged') {
        const { offset } = await this.end()
        this.#lostUpTo = offset
        this.#onLost(since, page.error)
      }
    }
    const options = { ...PAGE, partial: true, ...(since && { since }) }
    const page = await this.#engine.readPattern(this.#pattern, options)
    if (page.ok) return followed(page.value)
    if (since) {
      this.#onLost(since, page.error)
      this.#lostUpTo = 0
      return this.read(null)
    }
    throw new Error(`a log cannot be read from its beginning: ${page.error}`)
  }
}

function followed({ events, isEnd, top, readTo }: LogPage): FollowedPage {
  const last = events.at(-1)?.sequence
  return { events, isEnd, readTo: readTo ?? (isEnd ? top : (last ?? top)) }
}

/** Writes to the logger which events a trigger has missed. */
export function noteLost(
  logger: Logger,
  trigger: string,
): (after: Position, reason: string) => void {
  return (after, reason) => {
    const fields = { trigger, after: formatPosition(after), reason }
    logger.error(
      fields,
      'events were lost before a trigger had read them; it continues with the oldest',
    )
  }
}
