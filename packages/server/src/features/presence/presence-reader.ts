import { canonicalChannel, ok, type PresenceEntry, type Result, refuse } from '@coterie/protocol'
import type { Access } from '../../core/access.ts'
import { chargeAnswer } from '../../core/limits/answer-charge.ts'
import type { Limits } from '../../core/limits/limits.ts'
import { PRESENCE_MAP } from '../../core/presence-map.ts'
import type { Reader } from '../../core/reader.ts'
import type { Engine, MapSnapshot } from '../../ports/engine.ts'
import { Roster } from './roster.ts'

/** Bytes that have to be read for a page of a large channel. */
const MAX_READ_BYTES = 1_048_576

/** Which part of those present to read. */
export interface PresencePageRequest {
  /** The user after whom the page begins; without it at the first. */
  readonly after?: string | undefined
  /** Users at most. */
  readonly limit: number
}

/** A part of those present in a channel, by user id. */
export interface PresencePage {
  readonly users: readonly PresenceEntry[]
  /** Users present in all. */
  readonly count: number
  /** The `after` of the next page; null where this is the last. */
  readonly next: string | null
}

/** Reads who is present in a channel, for those who may know, without being in it. */
export class PresenceReader {
  readonly #engine: Engine
  readonly #access: Access
  readonly #limits: Pick<Limits, 'answers'>
  readonly #started: () => Promise<void>

  /** @param started resolves when the engine can be asked */
  constructor(
    engine: Engine,
    access: Access,
    limits: Pick<Limits, 'answers'>,
    started: () => Promise<void>,
  ) {
    this.#engine = engine
    this.#access = access
    this.#limits = limits
    this.#started = started
  }

  /**
   * Reads a page of those present, in the order of their user ids.
   *
   * @param reader undefined is the server itself, which may know all
   */
  async read(
    name: string,
    { after, limit }: PresencePageRequest,
    reader?: Reader,
  ): Promise<Result<PresencePage>> {
    const channel = canonicalChannel(name)
    const allowed = this.#access.view(reader, 'subscribe', channel)
    if (!allowed.ok) return allowed
    if (!allowed.value.presence) return refuse('forbidden', `${channel} has no presence`)
    await this.#started()
    const charge = {
      answers: this.#limits.answers,
      payer: reader,
      atMostBytes: MAX_READ_BYTES,
    }
    return chargeAnswer(charge, async () => {
      const present = await this.#engine.entries(channel, PRESENCE_MAP)
      let bytes = 0
      for (const value of present.entries.values()) bytes += value.length
      return ok({ value: pageOf(present, after, limit), bytes })
    })
  }
}

function pageOf(
  { entries, version }: MapSnapshot,
  after: string | undefined,
  limit: number,
): PresencePage {
  const roster = new Roster()
  roster.take({ changes: [...entries].map(([key, value]) => ({ key, value })), version })
  const all = roster.entries().sort((a, b) => compare(a.user_id, b.user_id))
  const rest = after === undefined ? all : all.filter((entry) => entry.user_id > after)
  const users = rest.slice(0, limit)
  const next = rest.length > users.length ? (users.at(-1)?.user_id ?? null) : null
  return { users, count: all.length, next }
}

// By code units, so that a page begins exactly after the one before.
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
