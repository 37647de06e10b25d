import type { FieldsOf, PresenceEntry } from '@coterie/protocol'
import { ChannelMap } from '../../core/channel-map.ts'
import type { Membership } from '../../core/membership.ts'
import { OutgoingFrame } from '../../core/outgoing-frame.ts'
import { type ReplyParts, WrittenPart } from '../../core/subscribe-reply.ts'
import type { ChangeCursor, Difference } from '../../local/change-log.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, MapChange } from '../../ports/engine.ts'
import { Roster } from './roster.ts'

/** Number of users for which the window of collecting grows by its base length. */
const MEMBERS_PER_WINDOW = 250
const MAX_WINDOW_MS = 1_000
/** A large channel is small again below this part of the bound, so it does not alternate. */
const SMALL_AGAIN = 0.8

/** How differences are collected and sent. */
export interface FollowingOptions {
  /** How long changes are collected in a small channel, in ms. */
  readonly windowMs: number
  /** In a channel with more users, followers get their number instead of their names. */
  readonly maxListedUsers: number
}

/** The roster of a channel for its followers on this node: snapshots, then differences. */
export class FollowedRoster {
  readonly #channel: string
  readonly #clock: Clock
  readonly #options: FollowingOptions
  readonly #roster = new Roster()
  readonly #followers = new Map<Membership, Knowledge>()
  /** What was reported to all who follow; undefined until the roster is loaded. */
  #reported: ChangeCursor<PresenceEntry> | undefined
  /** True while followers get the number of users instead of their names. */
  #isLarge = false
  #toldUsers = 0
  #cancelReport: (() => void) | undefined

  /** Feeds the roster. */
  readonly map: ChannelMap

  constructor(
    engine: Engine,
    map: string,
    channel: string,
    clock: Clock,
    options: FollowingOptions,
  ) {
    this.#channel = channel
    this.#clock = clock
    this.#options = options
    this.map = new ChannelMap(engine, channel, map, {
      keys: () => this.#roster.keys(),
      take: (change) => this.#take(change),
    })
  }

  get hasFollowers(): boolean {
    return this.#followers.size > 0
  }

  /** Adds a follower, who knows nothing until it gets a snapshot. */
  follow(membership: Membership): void {
    this.#forgetKnowledge(membership)
    this.#followers.set(membership, 'nothing')
  }

  unfollow(membership: Membership): void {
    this.#forgetKnowledge(membership)
    this.#followers.delete(membership)
    if (this.#followers.size === 0) this.#cancelReport?.()
  }

  /**
   * Returns the users who are present now, or their number where there are too
   * many. Differences that the follower gets from now on build on it.
   */
  snapshotFor(membership: Membership): ReplyParts {
    this.#forgetKnowledge(membership)
    const { users } = this.#roster
    if (users > this.#options.maxListedUsers) this.#isLarge = true
    if (this.#isLarge) {
      this.#followers.set(membership, 'reported')
      return { presence: [], presence_count: users }
    }
    const knowledge = this.#reported?.hasChanges() ? this.#roster.openCursor() : 'reported'
    this.#followers.set(membership, knowledge)
    return { presence: new WrittenPart(this.#roster.entriesText()) }
  }

  #take(change: MapChange): void {
    this.#roster.take(change)
    // Followers get the first entries by their snapshots, not as a difference.
    this.#reported ??= this.#roster.openCursor()
    if (this.#reported.hasChanges() && !this.#cancelReport) this.#scheduleReport(this.#reported)
  }

  #scheduleReport(reported: ChangeCursor<PresenceEntry>): void {
    const windows = 1 + Math.floor(this.#roster.users / MEMBERS_PER_WINDOW)
    this.#cancelReport = this.#clock.setTimer(
      () => this.#report(reported),
      Math.min(MAX_WINDOW_MS, this.#options.windowMs * windows),
    )
  }

  // All followers share one difference, encoded once. Followers who came within the
  // window get their own: their snapshot has a part of the changes already.
  #report(reported: ChangeCursor<PresenceEntry>): void {
    this.#cancelReport = undefined
    const wasLarge = this.#isLarge
    const { users } = this.#roster
    const { maxListedUsers } = this.#options
    this.#isLarge = users > maxListedUsers * (wasLarge ? SMALL_AGAIN : 1)
    const difference = reported.take()
    if (this.#isLarge) this.#reportCount(wasLarge)
    else if (wasLarge) this.#reportAll()
    else this.#reportDifferences(difference)
  }

  #reportCount(wasLarge: boolean): void {
    this.#roster.forgetText()
    const { users } = this.#roster
    if (wasLarge && users === this.#toldUsers) return
    this.#toldUsers = users
    this.#tellAll(this.#frame({ joins: [], updates: [], leaves: [], count: users }))
  }

  #reportAll(): void {
    const all = this.#roster.entries()
    this.#tellAll(this.#frame({ joins: all, updates: [], leaves: [], count: all.length }))
  }

  #tellAll(frame: OutgoingFrame): void {
    for (const [membership, knowledge] of this.#followers) {
      if (knowledge === 'nothing') continue
      membership.connection.outbox.send(frame)
      this.#forgetKnowledge(membership)
      this.#followers.set(membership, 'reported')
    }
  }

  #reportDifferences(difference: Difference<PresenceEntry>): void {
    const shared = this.#frameOf(difference)
    for (const [membership, knowledge] of this.#followers) {
      if (knowledge === 'nothing') continue
      const frame = knowledge === 'reported' ? shared : this.#frameOf(knowledge.take())
      if (frame) membership.connection.outbox.send(frame)
    }
    for (const [membership, knowledge] of this.#followers) {
      if (knowledge === 'nothing') continue
      this.#forgetKnowledge(membership)
      this.#followers.set(membership, 'reported')
    }
  }

  #forgetKnowledge(membership: Membership): void {
    const knowledge = this.#followers.get(membership)
    if (typeof knowledge === 'object') knowledge.close()
  }

  #frameOf(difference: Difference<PresenceEntry>): OutgoingFrame | undefined {
    const { joins, updates } = difference
    const leaves = difference.leaves.map(({ user_id, connection_id }) => ({
      user_id,
      connection_id,
    }))
    if (joins.length + updates.length + leaves.length === 0) return undefined
    return this.#frame({ joins, updates, leaves })
  }

  #frame(fields: Omit<FieldsOf<'presence'>, 'channel' | 'version'>): OutgoingFrame {
    const { version } = this.#roster
    return OutgoingFrame.of('presence', { channel: this.#channel, ...fields, version })
  }
}

/** What a follower knows: nothing, all that was reported, or all up to a cursor of its own. */
type Knowledge = 'nothing' | 'reported' | ChangeCursor<PresenceEntry>
