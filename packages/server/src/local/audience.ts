import { hasWildcard, TopicMatcher } from '@coterie/protocol'

const NOBODY: ReadonlySet<never> = new Set()

/** One interest of somebody in a channel, or in all channels that a pattern matches. */
export interface Listener {
  /** The channel's name, or the pattern. */
  readonly channel: string
}

/** Whoever has interests, in one audience; what is delivered reaches it once. */
export interface Receiver {
  /** The last delivery that reached it, as its audience counts them; 0 before the first. */
  lastDelivery: number
}

/** Who listens to what, by name and by pattern. */
export class Audience<Interest extends Listener, Who extends Receiver> {
  readonly #receiverOf: (interest: Interest) => Who
  readonly #interests = new Map<string, Set<Interest>>()
  /** Finds sets, not interests: what a match costs does not grow with those who listen. */
  readonly #patterns = new TopicMatcher<Set<Interest>>()
  /** Interests that came during deliveries, and the delivery that was the last one then. */
  readonly #late = new Map<Interest, number>()
  #delivery = 0
  #depth = 0

  constructor(receiverOf: (interest: Interest) => Who) {
    this.#receiverOf = receiverOf
  }

  /** Adds an interest once. True for the first in its channel or pattern. */
  add(interest: Interest): boolean {
    const { channel } = interest
    if (this.#depth > 0) this.#late.set(interest, this.#delivery)
    const interests = this.#interests.get(channel)
    if (interests) {
      interests.add(interest)
      return false
    }
    const created = new Set([interest])
    this.#interests.set(channel, created)
    if (hasWildcard(channel)) this.#patterns.subscribe(channel, created)
    return true
  }

  /** Takes an interest away, if it is there. True for the last in its channel or pattern. */
  remove(interest: Interest): boolean {
    const { channel } = interest
    const interests = this.#interests.get(channel)
    if (!interests?.delete(interest) || interests.size > 0) return false
    this.#interests.delete(channel)
    if (hasWildcard(channel)) this.#patterns.unsubscribe(channel, interests)
    return true
  }

  /** Returns the interests in a channel by its name, or in exactly this pattern. */
  members(channel: string): ReadonlySet<Interest> {
    return this.#interests.get(channel) ?? NOBODY
  }

  /** Returns the interests in patterns that match a channel, those in the most specific first. */
  byPattern(channel: string): Interest[] {
    return this.#matching(channel).flatMap((interests) => [...interests])
  }

  /** Counts the names and patterns that somebody listens to. */
  get size(): number {
    return this.#interests.size
  }

  /** Returns the names and patterns that somebody listens to. */
  channels(): Iterable<string> {
    return this.#interests.keys()
  }

  /** Counts the receivers that what is published to a channel reaches, each once. */
  count(channel: string): number {
    return this.deliver(channel, () => true)
  }

  /**
   * Visits one interest for each receiver: that by name, or in the most
   * specific pattern. Interests that come meanwhile are not visited, and those
   * that go are visited no more.
   *
   * @param visit false lets the receiver be reached by its next interest instead
   * @returns how many receivers were reached
   */
  deliver(channel: string, visit: (interest: Interest) => boolean): number {
    const members = this.#interests.get(channel)
    const matching = this.#matching(channel)
    if (!members && matching.length === 0) return 0
    this.#delivery += 1
    // Marks whom the delivery has reached, without a set for each. One within
    // another must not overwrite the marks of the outer one.
    const marked = this.#depth === 0 ? undefined : new Set<Who>()
    const delivery = this.#delivery
    this.#depth += 1
    try {
      let reached = members ? this.#visitAll(members, delivery, marked, visit) : 0
      for (const interests of matching) {
        reached += this.#visitAll(interests, delivery, marked, visit)
      }
      return reached
    } finally {
      this.#depth -= 1
      if (this.#depth === 0 && this.#late.size > 0) this.#late.clear()
    }
  }

  #visitAll(
    interests: ReadonlySet<Interest>,
    delivery: number,
    marked: Set<Who> | undefined,
    visit: (interest: Interest) => boolean,
  ): number {
    let reached = 0
    for (const interest of interests) {
      const receiver = this.#receiverOf(interest)
      if (marked ? marked.has(receiver) : receiver.lastDelivery === delivery) continue
      if (this.#late.size > 0 && (this.#late.get(interest) ?? 0) >= delivery) continue
      if (!visit(interest)) continue
      if (marked) marked.add(receiver)
      else receiver.lastDelivery = delivery
      reached += 1
    }
    return reached
  }

  #matching(channel: string): Set<Interest>[] {
    return this.#patterns.isEmpty ? [] : this.#patterns.matchTopic(channel)
  }
}
