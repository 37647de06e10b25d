import {
  type Err,
  hasWildcard,
  ok,
  type RealtimeError,
  type Result,
  refuse,
  type SubscribeRequest,
} from '@coterie/protocol'
import type { Access } from './access.ts'
import type { UserConnection } from './connection.ts'
import { type ChannelDefinition, DEFAULT_DEFINITION } from './definitions.ts'
import type { ReplyField } from './feature.ts'
import { chargeAnswer, payerAccount, payerOf } from './limits/answer-charge.ts'
import { expectedJoinBytes, pageBytes, recoveredBytes } from './limits/join-charge.ts'
import type { Limits } from './limits/limits.ts'
import type { LogReader } from './log-reader.ts'
import type { Membership } from './membership.ts'
import type { Memberships } from './memberships.ts'
import {
  MAX_RECOVERED_BYTES,
  MAX_REPLY_BYTES,
  type Recovery,
  type RecoveryRequest,
  recover,
} from './recovery.ts'
import type { ReadLogPage } from './slow-receiver.ts'
import type { TrafficFigures } from './traffic-figures.ts'

/** The parts of the hub that joining needs. */
export interface JoinerParts {
  readonly access: Access
  readonly memberships: Memberships
  readonly logs: LogReader
  readonly limits: Pick<
    Limits,
    'figures' | 'joins' | 'guests' | 'answers' | 'pacedAnswers' | 'unreadAnswers'
  >
  readonly traffic: TrafficFigures
  readonly maxSubscriptions: number
  /** Different patterns that all connections of a user may subscribe to. */
  readonly maxPatterns: number
  /** Events that a resume returns at most. */
  readonly maxRecoveredEvents: number
}

/** A subscription that holds its live events until the missed ones are queued. */
export interface Joined {
  readonly membership: Membership
  readonly past: Recovery
  /** Fields that features add to the reply. */
  readonly fields: readonly ReplyField[]
  /** Releases live events. Called once the missed events are queued. */
  goLive(): void
}

/** Subscribes connections to channels and reads what they missed. All joins use it. */
export class Joiner {
  readonly #parts: JoinerParts

  constructor(parts: JoinerParts) {
    this.#parts = parts
  }

  /**
   * Joins a channel or pattern, or returns a refusal.
   *
   * @param way how missed events are delivered; by default, those that fit in the reply
   */
  async join(
    connection: UserConnection,
    frame: SubscribeRequest,
    way: Pick<RecoveryRequest, 'others' | 'isStream'> = {},
  ): Promise<Result<Joined>> {
    const { memberships } = this.#parts
    const { channel, since } = frame
    if (connection.admission) {
      await connection.admission
      if (!connection.isOpen) return refuse('forbidden', 'the connection was refused')
    }
    const allowed = this.#authorise(connection, frame)
    if (!allowed.ok) return allowed
    const refusal =
      this.#checkLimit(connection, channel) ?? this.#checkCharge(connection, frame, way)
    if (refusal) return refusal

    // Live events first, then the log, then both are merged: no event is missed in between.
    const resumes = since !== undefined
    const wasMember = connection.memberships.get(channel)?.isSubscribed ?? false
    const membership = memberships.begin(connection, channel, allowed.value, resumes)
    let leave = (): void => {}
    try {
      const joined = await memberships.join(membership, frame)
      if (!joined.ok) {
        this.#giveUp(membership, wasMember)
        return joined
      }
      const entered = await this.#enter(connection, frame, way)
      if (!entered.ok) {
        this.#giveUp(membership, wasMember)
        return entered
      }
      leave = entered.value
      const read = await this.#readPast(membership, frame, way)
      if (!read.ok) {
        leave()
        this.#giveUp(membership, wasMember)
        return read
      }
      const past = read.value
      if (resumes) this.#countResume(past)
      // Removed meanwhile, because a new token allows less.
      if (!memberships.isCurrent(membership)) {
        leave()
        return refuse('forbidden', `you may not subscribe to ${channel} any more`)
      }
      // A stream has promised nothing about missed events that a gap would break.
      const recovered = past.recovered && !way.isStream
      const goLive = (): void => {
        leave()
        const readPage = way.isStream ? this.#pagesOf(connection, frame, way) : undefined
        membership.goLive({ ...past, recovered, readPage })
      }
      return ok({ membership, past, fields: joined.value, goLive })
    } catch (error) {
      leave()
      this.#giveUp(membership, wasMember)
      throw error
    }
  }

  #countResume({ recovered }: Recovery): void {
    if (recovered) this.#parts.traffic.recovered += 1
    else this.#parts.traffic.notRecovered += 1
  }

  // Checked before any side effect; the log read itself is charged later.
  #checkCharge(
    connection: UserConnection,
    frame: SubscribeRequest,
    { isStream = false }: Pick<RecoveryRequest, 'isStream'>,
  ): Err<RealtimeError> | undefined {
    const { answers, guests } = this.#parts.limits
    const payer = payerOf(connection, guests)
    if (isStream || !payer) return undefined
    return answers.check(payerAccount(payer), expectedJoinBytes(frame))
  }

  // Missed events are charged as an answer. A stream first reads only where it begins.
  async #readPast(
    membership: Membership,
    frame: SubscribeRequest,
    way: Pick<RecoveryRequest, 'others' | 'isStream'>,
  ): Promise<Result<Recovery>> {
    const { logs, limits, maxRecoveredEvents } = this.#parts
    const { answers } = limits
    const { since, recent = 0 } = frame
    const request = { ...way, since, recent, maxEvents: maxRecoveredEvents }
    const read = (): Promise<Recovery> => recover(logs, membership, request)
    if (way.isStream) return ok(await read())
    const payer = payerOf(membership.connection, limits.guests)
    return chargeAnswer({ answers, payer, atMostBytes: expectedJoinBytes(frame) }, async () => {
      const past = await read()
      return ok({ value: past, bytes: recoveredBytes(past) })
    })
  }

  // Missed events of a stream are charged page by page, and wait while the limit is reached:
  // a refusal would end the stream for good in browsers.
  #pagesOf(
    connection: UserConnection,
    { since = '' }: SubscribeRequest,
    { others = [] }: Pick<RecoveryRequest, 'others'>,
  ): ReadLogPage {
    const { guests, pacedAnswers } = this.#parts.limits
    const payer = payerOf(connection, guests)
    const readPaced = pacedAnswers.of({
      account: payer && payerAccount(payer),
      isOpen: () => connection.isOpen,
    })
    // Each event repeats the positions of all channels.
    const idBytes = others.reduce((sum, { length }) => sum + length, since.length)
    return (maxCharacters, read) =>
      readPaced(maxCharacters, async () => {
        const page = await read()
        return { value: page, bytes: page.ok ? pageBytes(page.value, idBytes) : 0 }
      })
  }

  // A stream reads nothing at once, and limits by itself how far it reads on.
  async #enter(
    connection: UserConnection,
    { since, recent = 0 }: SubscribeRequest,
    { isStream = false }: Pick<RecoveryRequest, 'isStream'>,
  ): Promise<Result<() => void>> {
    if (isStream || (since === undefined && recent === 0)) return ok(() => {})
    const bytes = recent > 0 ? MAX_RECOVERED_BYTES : MAX_REPLY_BYTES
    return this.#parts.limits.unreadAnswers.enter(connection, bytes)
  }

  // A client that was a member already stays one, without the missed events.
  #giveUp(membership: Membership, wasMember: boolean): void {
    if (wasMember) membership.goOn()
    else this.#parts.memberships.leave(membership, 'unsubscribed')
  }

  #authorise(
    { principal }: UserConnection,
    { channel, recent = 0 }: SubscribeRequest,
  ): Result<ChannelDefinition> {
    const { access } = this.#parts
    const allowed = access.maySubscribe(principal, channel)
    if (!allowed.ok) return allowed
    // Resuming needs no further right: the client received the channel before. `recent` needs one.
    const recalled = recent > 0 ? access.recall(principal, channel) : ok(undefined)
    return recalled.ok ? ok(allowed.value ?? DEFAULT_DEFINITION) : recalled
  }

  #checkLimit(connection: UserConnection, channel: string): ReturnType<typeof refuse> | undefined {
    const { maxSubscriptions, maxPatterns, memberships, limits } = this.#parts
    const isKnown = connection.memberships.get(channel)?.isSubscribed ?? false
    const { userId } = connection.principal
    if (hasWildcard(channel) && !memberships.mayFollow(userId, channel, maxPatterns)) {
      limits.figures.patterns += 1
      return refuse('limit_exceeded', `a user listens to at most ${maxPatterns} patterns`)
    }
    if (isKnown || connection.subscriptions < maxSubscriptions) {
      return limits.joins.take(limits.guests.accountOf(connection))
    }
    limits.figures.subscriptions += 1
    return refuse('limit_exceeded', `a connection has at most ${maxSubscriptions} subscriptions`)
  }
}
