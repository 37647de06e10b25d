import type { PublishReply, Result } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'

/** As long as the engine knows what was published before, in ms. */
const KEPT_MS = 300_000
const MAX_KEPT = 1_000

interface Kept {
  readonly reply: Promise<Result<PublishReply>>
  readonly atMs: number
}

/** The answers of this node to events with triggers. */
export class RecentReplies {
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #kept = new Map<string, Kept>()

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock
  }

  /** Finds what an event is answered, which may still be under way. */
  find(key: string): Promise<Result<PublishReply>> | undefined {
    const kept = this.#kept.get(key)
    return kept && this.#clock.elapsed() - kept.atMs < KEPT_MS ? kept.reply : undefined
  }

  /** Keeps what an event is answered, for a while, unless it is refused. */
  async remember(key: string, reply: Promise<Result<PublishReply>>): Promise<Result<PublishReply>> {
    const kept = { reply, atMs: this.#clock.elapsed() }
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    for (const [oldest, { atMs }] of this.#kept) {
      if (this.#kept.size <= MAX_KEPT && kept.atMs - atMs < KEPT_MS) break
      this.#kept.delete(oldest)
    }
    let isKept = false
    try {
      const settled = await reply
      isKept = settled.ok
      return settled
    } finally {
      if (!isKept && this.#kept.get(key) === kept) this.#kept.delete(key)
    }
  }
}
