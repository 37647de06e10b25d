import type { PresenceEntry } from '@coterie/protocol'
import type { Membership } from '../../core/membership.ts'
import { OutgoingFrame } from '../../core/outgoing-frame.ts'
import type { ChangeCursor, Difference } from '../../local/change-log.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, MapChange } from '../../ports/engine.ts'
import { Roster } from './roster.ts'

/** Members by which the window of coalescing grows by its base once more. */
const MEMBERS_PER_WINDOW = 250
const MAX_WINDOW_MS = 1_000

/** The roster of a channel that somebody on this node follows, and how they are told. */
export class FollowedRoster {
  readonly #channel: string
  readonly #clock: Clock
  readonly #windowMs: number
  readonly #roster = new Roster()
  /** What was reported to all who follow. */
  readonly #reported = this.#roster.openCursor()
  readonly #followers = new Map<Membership, Knowledge>()
  #early: MapChange[] | undefined = []
  #cancelReport: (() => void) | undefined

  /** Resolves when the roster holds what the engine holds. */
  readonly loaded: Promise<void>

  constructor(engine: Engine, map: string, channel: string, clock: Clock, windowMs: number) {
    this.#channel = channel
    this.#clock = clock
    this.#windowMs = windowMs
    this.loaded = engine.entries(channel, map).then((snapshot) => {
      this.#roster.load(snapshot)
      const early = this.#early ?? []
      this.#early = undefined
      for (const change of early) this.apply(change)
    })
  }

  get hasFollowers(): boolean {
    return this.#followers.size > 0
  }

  /** Takes a change that the engine told of. */
  apply(change: MapChange): void {
    // Until the snapshot is there nobody knows whether it holds the change.
    if (this.#early) {
      this.#early.push(change)
      return
    }
    this.#roster.apply(change)
    if (this.#reported.hasChanges() && !this.#cancelReport) this.#scheduleReport()
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

  /** Returns who is present now; differences that a follower gets from now on build on it. */
  snapshotFor(membership: Membership): PresenceEntry[] {
    this.#forgetKnowledge(membership)
    const knowledge = this.#reported.hasChanges() ? this.#roster.openCursor() : 'reported'
    this.#followers.set(membership, knowledge)
    return this.#roster.entries()
  }

  #scheduleReport(): void {
    const windows = 1 + Math.floor(this.#roster.users / MEMBERS_PER_WINDOW)
    this.#cancelReport = this.#clock.setTimer(
      () => this.#report(),
      Math.min(MAX_WINDOW_MS, this.#windowMs * windows),
    )
  }

  // One difference, encoded once, for all but those who came within the window:
  // they were shown a part of it, and would keep who left again since.
  #report(): void {
    this.#cancelReport = undefined
    const shared = this.#frameOf(this.#reported.take())
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
    const { version } = this.#roster
    const fields = JSON.stringify({ channel: this.#channel, joins, updates, leaves, version })
    return new OutgoingFrame('presence', fields)
  }
}

/** What a follower knows: nothing yet, all that was reported, or all up to its own cursor. */
type Knowledge = 'nothing' | 'reported' | ChangeCursor<PresenceEntry>
