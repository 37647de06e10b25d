import {
  type Jsonable,
  type JsonLike,
  type JsonValue,
  messageId,
  ok,
  type PresenceStatus,
  type Result,
  refuse,
} from '@coterie/protocol'
import type { Access } from '../../core/access.ts'
import { DEFAULT_DEFINITION } from '../../core/definitions.ts'
import type { Fanout } from '../../core/fanout.ts'
import type { Feature } from '../../core/feature.ts'
import { Ids } from '../../core/ids.ts'
import type { Interest } from '../../core/interest.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { Reader } from '../../core/reader.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, EventRecord } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type {
  EphemeralCallback,
  EphemeralEvent,
  RealtimeBackend,
} from '../../ports/realtime-backend.ts'
import { BackendMembers } from './backend-members.ts'
import { EphemeralCarrier } from './ephemeral-carrier.ts'
import { EphemeralOutlet } from './ephemeral-outlet.ts'
import type { ReadMark } from './read-mark.ts'
import { ReadMarkReader } from './read-mark-reader.ts'
import { Reads } from './reads.ts'
import { channelNamed, checkRoomSignal } from './room-signal.ts'
import { Typing } from './typing.ts'

/** The window in which a user types whom the application speaks for without naming one. */
const DEFAULT_SOURCE = 'server'

/** Tells how the users of a channel come, change and go. */
export interface PresenceSource {
  /** Tells of a channel from now on. @throws {RealtimeError} `unavailable` */
  watch(channel: string, tell: (userId: string, status: PresenceStatus) => void): Promise<void>
  /** Stops reporting a channel. */
  unwatch(channel: string): void
}

/** The parts of the hub that ephemeral events need. */
export interface EphemeralEventsParts {
  readonly engine: Engine
  readonly interest: Interest
  readonly fanout: Fanout
  readonly access: Access
  readonly presence: PresenceSource
  readonly limits: Pick<Limits, 'answers'>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Carries events between nodes in place of the engine. */
  readonly realtime?: RealtimeBackend | undefined
  /** Names this process among those that share the engine. */
  readonly node: string
  /** Resolves when the engine is open. */
  readonly started: () => Promise<void>
}

/**
 * What happens in rooms and is not kept: who types, comes, reacts, and how far they have read.
 *
 * What is published here reaches the connections in the room and the callbacks
 * of every process; what connections signal reaches the callbacks too, and so
 * does who of them comes, is away and goes. Nothing is found in a room's history.
 *
 * @example
 * ```ts
 * const id = await hub.ephemeral.subscribeRoom('1', (event) => console.log(event.type))
 * await hub.ephemeral.publishTyping('1', 'ada')
 * await hub.ephemeral.unsubscribeRoom(id)
 * ```
 */
export class EphemeralEvents {
  /** What the hub joins to its connections. */
  readonly features: readonly Feature[]
  readonly #parts: EphemeralEventsParts
  readonly #ids: Ids
  readonly #outlet: EphemeralOutlet
  readonly #carrier: EphemeralCarrier
  readonly #typing: Typing
  readonly #reads: Reads
  readonly #marks: ReadMarkReader

  constructor(parts: EphemeralEventsParts) {
    const { engine, interest, fanout, access, limits, realtime } = parts
    const { clock, random, logger, node, started } = parts
    const ids = new Ids(clock, random)
    const outlet = new EphemeralOutlet({ interest, fanout, clock, random, logger, realtime })
    this.#parts = parts
    this.#ids = ids
    this.#outlet = outlet
    this.#carrier = new EphemeralCarrier({ engine, outlet, ids, clock, random, logger })
    this.#typing = new Typing({ engine, interest, outlet, clock, logger })
    this.#reads = new Reads({
      engine,
      outlet,
      limits,
      clock,
      logger,
      node,
      carry: (channel, receipt) => this.#carrier.carryReceipt(channel, receipt),
    })
    this.#marks = new ReadMarkReader({ engine, access, limits, started })
    const members = realtime ? [new BackendMembers(outlet)] : []
    const carrier: Feature = {
      onEvent: (record) => (this.receive(record) ? 'taken' : undefined),
      onClientLeft: (channel, user) => this.left(channel, user),
      onClose: () => this.close(),
    }
    this.features = [carrier, this.#typing, this.#reads, ...members]
  }

  /** Events that the backend brought and that could not be read; they were skipped. */
  get malformedCount(): number {
    return this.#outlet.malformedCount
  }

  /**
   * Says that a user types, or stopped. It ends by itself after 5 s, and with
   * the user's next message.
   *
   * @param data goes with the event; at most 4 KiB as JSON
   * @param source one of several windows of the user, from `createSource`: one
   * that stops leaves the others typing. Without it stopping ends all of them.
   * @throws {RealtimeError} `unavailable` when the engine cannot carry it
   */
  async publishTyping(
    room: string,
    user: string,
    isTyping = true,
    data: JsonLike = {},
    source?: string,
  ): Promise<Result<void>> {
    const checked = checkRoomSignal(room, user, data)
    if (!checked.ok) return checked
    const { channel, text } = checked.value
    await this.#parts.started()
    if (isTyping) {
      return this.#typing.start({ channel, userId: user, source: source ?? DEFAULT_SOURCE }, text)
    }
    // It may have begun in another process, of which only the backend knows.
    const mayBeElsewhere = this.#outlet.hasBackend && !this.#typing.knows(channel, user)
    if (mayBeElsewhere && !(await this.#typing.isKept(channel, user))) {
      this.#outlet.tell(channel, { type: 'typing_stop', userId: user })
    } else if (source === undefined) this.#typing.stopUser(channel, user, [DEFAULT_SOURCE])
    else this.#typing.stop(channel, user, [source])
    return ok(undefined)
  }

  /**
   * Says that a user came online, is away or went offline. Any other status
   * becomes a `custom` event with `data.status`.
   *
   * It is only a signal: presence in the channel does not change.
   *
   * @throws {RealtimeError} `unavailable` when the engine cannot carry it
   */
  publishPresence(room: string, user: string, status: string): Promise<Result<void>> {
    const type = PRESENCE_EVENTS.get(status)
    return type
      ? this.#publish(room, user, type, {})
      : this.#publish(room, user, 'custom', { status })
  }

  /**
   * Says that a user has read up to an event of the room. The mark is kept and
   * only moves forward: an older one changes nothing.
   *
   * Refuses an event that the room's log does not hold (`not_found`). Where the
   * room keeps no history, or is not declared, it is told as it is, and not kept.
   *
   * @throws {RealtimeError} `unavailable` when the engine cannot keep it
   */
  async publishReadReceipt(room: string, user: string, eventId: string): Promise<Result<void>> {
    const checked = checkRoomSignal(room, user, {})
    if (!checked.ok) return checked
    const { channel } = checked.value
    const [problem] = messageId.safeParse(eventId).error?.issues ?? []
    if (problem) return refuse('invalid_payload', `event id: ${problem.message}`)
    // Like every other signal it needs no existing room.
    const defined = this.#parts.access.define(channel)
    const definition = defined.ok ? defined.value : DEFAULT_DEFINITION
    await this.#parts.started()
    return this.#reads.mark(channel, definition, user, eventId)
  }

  /** Says that a user reacted. @throws {RealtimeError} `unavailable` when the engine cannot carry it */
  publishReaction<const Given>(
    room: string,
    user: string,
    data: Jsonable<Given>,
  ): Promise<Result<void>> {
    return this.#publish(room, user, 'reaction', data as JsonValue)
  }

  /** Says what an application has words for. @throws {RealtimeError} `unavailable` when the engine cannot carry it */
  publishCustom<const Given>(
    room: string,
    user: string,
    data: Jsonable<Given>,
  ): Promise<Result<void>> {
    return this.#publish(room, user, 'custom', data as JsonValue)
  }

  /**
   * Calls back for each ephemeral event of a room, one after the other. One that
   * throws does not stop the next; at most 100 wait for a callback that takes
   * its time, past it the oldest is dropped.
   *
   * @returns the id of the subscription, once nothing can be missed
   * @throws {RealtimeError} `invalid_channel` for what cannot name a room; `unavailable`
   */
  async subscribeRoom(room: string, callback: EphemeralCallback): Promise<string> {
    const named = channelNamed(room)
    if (!named.ok) throw named.error
    await this.#parts.started()
    const channel = named.value
    const isFirst = !this.#outlet.hasCallbacks(channel)
    const id = await this.#outlet.subscribe(channel, callback)
    if (isFirst) await this.#watchPresence(channel, id)
    return id
  }

  /** Ends a subscription; false without one. */
  async unsubscribeRoom(id: string): Promise<boolean> {
    const channel = await this.#outlet.unsubscribe(id)
    if (channel === undefined) return false
    if (!this.#outlet.hasCallbacks(channel)) this.#parts.presence.unwatch(channel)
    if (!this.#outlet.isHeard(channel)) {
      this.#typing.forget(channel)
      this.#reads.forget(channel)
    }
    return true
  }

  /** Returns how far each user has read in a channel, by user. @throws {RealtimeError} `unavailable` */
  readMarks(channel: string): Promise<ReadonlyMap<string, ReadMark>> {
    return this.#marks.read(channel)
  }

  /** The same for a user, who must have the right to read the channel's history. */
  readMarksFor(
    channel: string,
    reader: Reader | undefined,
  ): Promise<Result<ReadonlyMap<string, ReadMark>>> {
    return this.#marks.readFor(channel, reader)
  }

  /** Names one more window of a user whom this process speaks for. */
  createSource(): string {
    return this.#ids.connection()
  }

  /** Notes that a user of this process has left a channel. */
  left(channel: string, user: string): void {
    this.#typing.stopKnown(channel, user, DEFAULT_SOURCE)
  }

  /** Takes what the engine brings; false for an event that is not ephemeral. */
  receive(record: EventRecord): boolean {
    return this.#carrier.receive(record)
  }

  /** Ends all subscriptions. Repeating it changes nothing. */
  async close(): Promise<void> {
    this.#reads.close()
    await this.#outlet.close()
  }

  async #watchPresence(channel: string, subscription: string): Promise<void> {
    try {
      await this.#parts.presence.watch(channel, (userId, status) => {
        this.#outlet.tellCallbacks(channel, { type: `presence_${status}`, userId })
      })
    } catch (error) {
      await this.unsubscribeRoom(subscription)
      throw error
    }
  }

  async #publish(
    room: string,
    user: string,
    type: EphemeralEvent['type'],
    data: JsonValue,
  ): Promise<Result<void>> {
    const checked = checkRoomSignal(room, user, data)
    if (!checked.ok) return checked
    const { channel } = checked.value
    await this.#parts.started()
    await this.#carrier.carry(channel, { roomId: room, type, userId: user, data })
    return ok(undefined)
  }
}

const PRESENCE_EVENTS: ReadonlyMap<string, EphemeralEvent['type']> = new Map(
  (['online', 'away', 'offline'] as const).map((status) => [status, `presence_${status}`]),
)
