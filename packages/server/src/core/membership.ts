import { hasWildcard, type Position } from '@coterie/protocol'
import type { EventRecord } from '../ports/engine.ts'
import type { UserConnection } from './connection.ts'
import type { ChannelDefinition } from './definitions.ts'
import { eventFrame } from './event-frame.ts'
import { placeOf } from './log-subscription.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'
import type { ReadLogPage } from './slow-receiver.ts'

/** Events that one membership holds back at most, until it goes live. */
const MAX_HELD_EVENTS = 1_000

/** Where live events begin after events that were sent from the log. */
export interface LiveStart {
  /** Logged events up to this position have been sent already. */
  readonly covered: Position | null
  /** Logged events up to this position must be read first. */
  readonly top: Position | null
  /** The connection has, or will get, all logged events after this position. */
  readonly from: Position | null
  /** True where all events up to `top` were promised. */
  readonly recovered: boolean
  /** How further pages are charged; undefined if they are free. */
  readonly readPage?: ReadLogPage | undefined
}

/** The start when nothing was sent before. */
export const FROM_NOW: LiveStart = { covered: null, top: null, from: null, recovered: false }

/** One connection's subscription to one channel or pattern. */
export class Membership {
  readonly connection: UserConnection
  /** The channel's name, or the pattern. */
  readonly channel: string
  readonly isPattern: boolean
  readonly definition: ChannelDefinition
  /** True where the server joined the connection itself, as for `user:<id>`. */
  readonly isPlaced: boolean
  /** True while the client itself is subscribed. */
  isSubscribed: boolean
  #held: EventRecord[] | undefined
  #resumes = false
  #isLive: boolean
  /** The newest logged event that was not held, because there were too many. */
  #heldUpTo: Position | undefined
  /** Events up to this position have been sent from the log. */
  #covered: Position | undefined
  /** The connection has all events after this position through this membership. */
  #from: Position | null = null

  constructor(
    connection: UserConnection,
    channel: string,
    definition: ChannelDefinition,
    isPlaced: boolean,
  ) {
    this.connection = connection
    this.channel = channel
    this.isPattern = hasWildcard(channel)
    this.definition = definition
    this.isPlaced = isPlaced
    this.isSubscribed = !isPlaced
    this.#isLive = isPlaced
  }

  /** True once the first join is complete; before, the channel sends it nothing. */
  get isLive(): boolean {
    return this.#isLive
  }

  /**
   * Holds live events back until `goLive`, so that missed events are sent first.
   *
   * @param resumes true when the membership will bring all events since a position
   */
  hold(resumes: boolean): void {
    this.#held ??= []
    this.#resumes = resumes
  }

  /**
   * Tells whether a live event comes by this membership, so that a pattern need not bring it.
   *
   * While a fresh join is under way, the event may be before or after it. Then the
   * membership and the pattern both bring it; its position identifies the duplicate.
   */
  claims(record: EventRecord): boolean {
    if (this.#held) return this.#resumes
    // An event that a fresh join counted as past was not sent by this membership.
    return !this.#covered || !record.position || !isAt(this.#from, record.position)
  }

  /** Takes a live event: sends it at once, or when the membership goes live. */
  receive(record: EventRecord, frame: OutgoingFrame): void {
    if (this.#held) this.#hold(record, this.#held)
    else if (!this.#covered || !this.#isCovered(record)) {
      this.connection.outbox.event(this, record, frame)
    }
  }

  /** Sends the held events, after reading missed events that were not sent yet. */
  goLive({ covered, top, from, recovered, readPage }: LiveStart): void {
    const { outbox } = this.connection
    this.#isLive = true
    this.#from = from
    outbox.forget(this)
    this.cover(covered)
    if (covered && top && !isAt(covered, top)) {
      const promised = recovered ? top : undefined
      outbox.readOn(this, { after: covered, seen: top, promised, readPage })
    }
    this.#release()
  }

  /** Sends the held events, as if the client had not subscribed again. */
  goOn(): void {
    this.#release()
  }

  #release(): void {
    const held = this.#held ?? []
    const heldUpTo = this.#heldUpTo
    const covered = this.#covered ?? null
    this.#held = undefined
    this.#heldUpTo = undefined
    const { outbox } = this.connection
    for (const record of held) {
      if (this.#isCovered(record)) continue
      const frame = eventFrame(record, this.isPattern ? this.channel : undefined)
      outbox.event(this, record, frame)
    }
    if (!heldUpTo) return
    const last = held.findLast((record) => placeOf(this, record))
    const lastPlace = last ? placeOf(this, last) : null
    const after = lastPlace && !isAt(covered, lastPlace) ? lastPlace : covered
    if (after && !isAt(covered, heldUpTo)) outbox.fallBehind(this, after, heldUpTo)
  }

  /** Records that logged events up to a position were sent other than live. */
  cover(position: Position | null): void {
    this.#covered = position ?? undefined
  }

  /** Tells whether this membership brings the connection the event at a position. */
  hasFrom(position: Position | null): boolean {
    if (this.#held) return this.#resumes
    return !position || !isAt(this.#from, position)
  }

  #hold(record: EventRecord, held: EventRecord[]): void {
    const place = placeOf(this, record)
    if (this.#heldUpTo && place) this.#heldUpTo = place
    else if (held.length < MAX_HELD_EVENTS) held.push(record)
    else if (place) this.#heldUpTo = place
    else this.connection.endSlow()
  }

  // Fan-out may repeat what a read returned; after the first new event, checks end.
  #isCovered(record: EventRecord): boolean {
    const place = placeOf(this, record)
    if (!place) return false
    if (isAt(this.#covered ?? null, place)) return true
    this.#covered = undefined
    return false
  }
}

/** Tells whether a reader at one position has the event at another. */
function isAt(reached: Position | null, place: Position): boolean {
  return reached !== null && place.epoch === reached.epoch && place.offset <= reached.offset
}
