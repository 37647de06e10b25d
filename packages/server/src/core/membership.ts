import { hasWildcard, type Position } from '@coterie/protocol'
import type { EventRecord } from '../ports/engine.ts'
import type { UserConnection } from './connection.ts'
import type { ChannelDefinition } from './definitions.ts'
import { eventFrame } from './event-frame.ts'
import { placeOf } from './log-subscription.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'
import type { ReadLogPage } from './slow-receiver.ts'

/** Events held back for one membership at most, until it goes live. */
const MAX_HELD_EVENTS = 1_000

/** Where live events begin to follow what was sent by other means. */
export interface LiveStart {
  /** Logged events up to here have been sent by other means. */
  readonly covered: Position | null
  /** Logged events up to here are to be read on first. */
  readonly top: Position | null
  /** Logged events after this one have been sent, or will be. */
  readonly from: Position | null
  /** True where it was promised that all events up to `top` come. */
  readonly recovered: boolean
  /** How pages that are still to be read are charged, where they are. */
  readonly readPage?: ReadLogPage | undefined
}

/** Where nothing was sent before. */
export const FROM_NOW: LiveStart = { covered: null, top: null, from: null, recovered: false }

/** One connection in one channel, or listening to one pattern. */
export class Membership {
  readonly connection: UserConnection
  /** The channel's name, or the pattern. */
  readonly channel: string
  readonly isPattern: boolean
  readonly definition: ChannelDefinition
  /** True where the server joined the connection by itself, as for `user:<id>`. */
  readonly isPlaced: boolean
  /** True while the client itself subscribes. */
  isSubscribed: boolean
  #held: EventRecord[] | undefined
  #resumes = false
  #isLive: boolean
  /** Where the logged events begin that were not held, because there were too many. */
  #heldUpTo: Position | undefined
  /** Events up to here have been sent by other means than live. */
  #covered: Position | undefined
  /** The position after which the connection has all events by this membership. */
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

  /** True once the first join is complete: before, nothing of the channel may be heard. */
  get isLive(): boolean {
    return this.#isLive
  }

  /**
   * Holds live events back until `goLive`, so that missed ones can be read first.
   *
   * @param resumes true when all events since a position are to come by this membership
   */
  hold(resumes: boolean): void {
    this.#held ??= []
    this.#resumes = resumes
  }

  /**
   * Tells whether a live event comes by this membership, so that no pattern has to bring it.
   *
   * While a fresh join is under way nobody knows whether the event comes before
   * it or after: then both bring it, and its position tells that it is the same.
   */
  claims(record: EventRecord): boolean {
    if (this.#held) return this.#resumes
    // One that a fresh join already counted as past was not sent by it.
    return !this.#covered || !record.position || !isAt(this.#from, record.position)
  }

  /** Takes a live event: at once, or when the membership goes live. */
  receive(record: EventRecord, frame: OutgoingFrame): void {
    if (this.#held) this.#hold(record, this.#held)
    else if (!this.#covered || !this.#isCovered(record)) {
      this.connection.outbox.event(this, record, frame)
    }
  }

  /** Releases what was held back; what was missed and is not sent yet is read on before. */
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

  /** Releases what was held back, as if nothing had been asked for. */
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

  /** Notes that logged events up to a position have been sent by other means than live. */
  cover(position: Position | null): void {
    this.#covered = position ?? undefined
  }

  /** Tells whether the connection has, or gets, an event at this position by this membership. */
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

  // Fan-out may bring what a read has already returned; once it is past, nobody asks again.
  #isCovered(record: EventRecord): boolean {
    const place = placeOf(this, record)
    if (!place) return false
    if (isAt(this.#covered ?? null, place)) return true
    this.#covered = undefined
    return false
  }
}

/** Tells whether a reader who has reached one position has what stands at another. */
function isAt(reached: Position | null, place: Position): boolean {
  return reached !== null && place.epoch === reached.epoch && place.offset <= reached.offset
}
