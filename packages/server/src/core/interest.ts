import { hasWildcard } from '@coterie/protocol'
import { Audience } from '../local/audience.ts'
import type { Engine } from '../ports/engine.ts'
import type { Connection } from './connection.ts'
import type { Membership } from './membership.ts'
import { SortedNames } from './sorted-names.ts'

/** Tracks the subscriptions on this node, and joins their channels in the engine. */
export class Interest {
  readonly #engine: Engine
  readonly #audience = new Audience<Membership, Connection>(({ connection }) => connection)
  readonly #joined = new Map<string, Promise<void>>()
  /** How often a channel is pinned: a pinned channel is received without any member. */
  readonly #pinned = new Map<string, number>()

  /** The channel names with members, sorted; undefined until they are first paged through. */
  #names: SortedNames | undefined

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /**
   * Adds a membership, which receives events from now on. Resolves once the
   * engine can miss no event for it.
   *
   * @throws {RealtimeError} `unavailable` when the engine cannot join
   */
  add(membership: Membership): Promise<void> {
    this.#audience.add(membership)
    this.#names?.add(membership.channel)
    return this.#ensureJoined(membership.channel)
  }

  /**
   * Receives a channel from now on, with or without members, until as many `unpin` calls.
   *
   * @throws {RealtimeError} `unavailable` when the engine cannot join
   */
  pin(channel: string): Promise<void> {
    this.#pinned.set(channel, (this.#pinned.get(channel) ?? 0) + 1)
    return this.#ensureJoined(channel)
  }

  /** Undoes one `pin`; after the last one, only members keep the channel joined. */
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
    // Receiving too much for a while does no harm, so nobody waits for the engine.
    this.#engine.leave(channel).catch(() => {})
  }

  async #join(channel: string): Promise<void> {
    try {
      await this.#engine.join(channel)
    } catch (error) {
      // The next membership of the channel tries again.
      this.#joined.delete(channel)
      throw error
    }
  }

  /** Removes a membership; it receives nothing after that. */
  remove(membership: Membership): void {
    const wasLast = this.#audience.remove(membership)
    if (wasLast) this.#names?.remove(membership.channel)
    if (wasLast && !this.#pinned.has(membership.channel)) this.#leave(membership.channel)
  }

  /** Returns the memberships of a channel by its name, or of exactly this pattern. */
  members(channel: string): ReadonlySet<Membership> {
    return this.#audience.members(channel)
  }

  /** Returns the memberships of patterns that match a channel. */
  byPattern(channel: string): readonly Membership[] {
    return this.#audience.byPattern(channel)
  }

  /** Counts the names and patterns with memberships. */
  get size(): number {
    return this.#audience.size
  }

  /** Returns the names and patterns with memberships. */
  channels(): Iterable<string> {
    return this.#audience.channels()
  }

  /** Iterates over the channel names with members after a name, in order. */
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
