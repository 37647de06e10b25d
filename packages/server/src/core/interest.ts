import { hasWildcard } from '@coterie/protocol'
import { Audience } from '../local/audience.ts'
import type { Engine } from '../ports/engine.ts'
import type { Connection } from './connection.ts'
import type { Membership } from './membership.ts'
import { SortedNames } from './sorted-names.ts'

/** Who on this node listens to what, and so what the engine is to bring. */
export class Interest {
  readonly #engine: Engine
  readonly #audience = new Audience<Membership, Connection>(({ connection }) => connection)
  readonly #joined = new Map<string, Promise<void>>()
  /** How often a channel is pinned: it is heard even where no connection is in it. */
  readonly #pinned = new Map<string, number>()

  /** The names that somebody is in; undefined until somebody pages through them. */
  #names: SortedNames | undefined

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /**
   * Adds a membership; it receives from now on. Resolves when the engine
   * cannot miss anything for it.
   *
   * @throws {RealtimeError} `unavailable` when the engine cannot join
   */
  add(membership: Membership): Promise<void> {
    this.#audience.add(membership)
    this.#names?.add(membership.channel)
    return this.#ensureJoined(membership.channel)
  }

  /**
   * Hears a channel from now on, whoever is in it, until it is unpinned as often.
   *
   * @throws {RealtimeError} `unavailable` when the engine cannot join
   */
  pin(channel: string): Promise<void> {
    this.#pinned.set(channel, (this.#pinned.get(channel) ?? 0) + 1)
    return this.#ensureJoined(channel)
  }

  /** Takes one `pin` back; after the last the channel is heard while somebody is in it. */
  unpin(channel: string): void {
    const pins = this.#pinned.get(channel) ?? 0
    if (pins > 1) {
      this.#pinned.set(channel, pins - 1)
      return
    }
    this.#pinned.delete(channel)
    if (this.members(channel).size === 0) this.#leave(channel)
  }

  #ensureJoined(channel: string): Promise<void> {
    let joined = this.#joined.get(channel)
    if (!joined) {
      joined = this.#join(channel)
      this.#joined.set(channel, joined)
    }
    return joined
  }

  #leave(channel: string): void {
    if (!this.#joined.delete(channel)) return
    // Hearing too much for a while does no harm, so nobody waits for the engine.
    this.#engine.leave(channel).catch(() => {})
  }

  async #join(channel: string): Promise<void> {
    try {
      await this.#engine.join(channel)
    } catch (error) {
      // The next one to come tries again.
      this.#joined.delete(channel)
      throw error
    }
  }

  /** Takes a membership away; it receives nothing more. */
  remove(membership: Membership): void {
    const wasLast = this.#audience.remove(membership)
    if (wasLast) this.#names?.remove(membership.channel)
    if (wasLast && !this.#pinned.has(membership.channel)) this.#leave(membership.channel)
  }

  /** Returns those who are in a channel by its name, or listen to exactly this pattern. */
  members(channel: string): ReadonlySet<Membership> {
    return this.#audience.members(channel)
  }

  /** Returns those who listen to a pattern that matches the channel. */
  byPattern(channel: string): readonly Membership[] {
    return this.#audience.byPattern(channel)
  }

  /** Counts the names and patterns that somebody listens to. */
  get size(): number {
    return this.#audience.size
  }

  /** Returns the names and patterns that somebody listens to. */
  channels(): Iterable<string> {
    return this.#audience.channels()
  }

  /** Goes through the names that somebody is in and that follow one, in their order. */
  *namesAfter(name: string | undefined): Iterable<string> {
    this.#names ??= new SortedNames(this.#audience.channels())
    for (const each of this.#names.after(name)) if (!hasWildcard(each)) yield each
  }

  /** Counts the different users in a channel. */
  countUsers(channel: string): number {
    const users = new Set<string | undefined>()
    for (const { connection } of this.members(channel)) users.add(connection.principal?.userId)
    return users.size
  }
}
