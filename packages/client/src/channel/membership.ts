import {
  ERRORS,
  type ErrorCode,
  type EventGap,
  err,
  hasWildcard,
  ok,
  RealtimeError,
  type RecoveryFailure,
  type Result,
  type SubscribeRequest,
  type UnsubscribedFrame,
} from '@coterie/protocol'
import { UNREADABLE } from '../connection/requests.ts'
import { mayRetry } from '../connection/retry.ts'
import type { ListenerCount } from '../signals/listener-count.ts'
import { createCountedSignal, type WritableSignal } from '../signals/signal.ts'
import { CatchUp } from './catch-up.ts'
import type { ChannelHost } from './channel-host.ts'
import type { EventSequence } from './event-sequence.ts'
import { type JoinReply, readJoinReply } from './join-reply.ts'
import { createUnattended, settle } from './unattended.ts'

/** The state of a channel: whether its events arrive. */
export type ChannelStatus = 'idle' | 'joining' | 'joined' | 'refused'

/** A full room is retried, with the delay of at most so many failures. */
const MAX_COUNTED_FAILURES = 3

/** What a membership needs from its channel and reports to it. */
export interface MembershipEvents {
  /** Makes the frame of a join, without the position. */
  createFrame(): SubscribeRequest
  /** Reports that a join is being sent, or that the last one is no longer valid. */
  onJoining(): void
  /** Reports that the server accepted the join; its events follow. */
  onAccepted(reply: JoinReply): void
  /** Reports that missed events cannot be recovered; newer events follow. */
  onReset(reason: RecoveryFailure): void
  /** Reports that events of a replay are damaged and will not be delivered. */
  onGap(gap: EventGap): void
  /** Reports that the server refused a join; return true to retry with fewer options. */
  onRefused(error: RealtimeError): boolean
  /** Reports that the channel was left, or ended or refused by the server. */
  onLeft(error: RealtimeError, isRefused: boolean): void
  /** Reports a denied entry: requests that waited for the join are sent without it. */
  onShutOut(): void
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: RealtimeError) => void
}

/** Joins a channel, joins again after each disconnect, and resumes from its position. */
export class Membership {
  readonly status: WritableSignal<ChannelStatus>
  readonly error: WritableSignal<RealtimeError | null>

  readonly #channel: string
  readonly #host: ChannelHost
  readonly #sequence: EventSequence
  readonly #events: MembershipEvents
  #isWanted = false
  #wasLeft = false
  #wasMember = false
  /** True while a former member's room is full and retried repeatedly. */
  #isWaiting = false
  #join: 'none' | 'asked' | 'accepted' = 'none'
  // Everything begun in an earlier round is over: its answers and callbacks are ignored.
  #round = 0
  #failures = 0
  #cancelRetry: (() => void) | undefined
  #catchUp: CatchUp | undefined
  #waiters: Waiter[] = []

  constructor(
    channel: string,
    host: ChannelHost,
    sequence: EventSequence,
    events: MembershipEvents,
    count: ListenerCount,
  ) {
    this.status = createCountedSignal<ChannelStatus>('idle', count)
    this.error = createCountedSignal<RealtimeError | null>(null, count)
    this.#channel = channel
    this.#host = host
    this.#sequence = sequence
    this.#events = events
  }

  /** True from the request to join until the channel is left or refused. */
  get isWanted(): boolean {
    return this.#isWanted
  }

  /** True when the server counts this connection as a member. */
  get isMember(): boolean {
    return this.#join === 'accepted'
  }

  /** True when a publish can be sent without overtaking a join. */
  get mayPublish(): boolean {
    const isFree = !this.#isWanted || this.#isWaiting || this.isMember
    return isFree && this.#host.isReady
  }

  /** True when somebody here receives the channel's frames; a server may join one by itself. */
  get takesFrames(): boolean {
    return this.#isWanted || (!this.#wasLeft && this.status() !== 'refused')
  }

  /** Resolves when joined; the request outlives each disconnect until `unsubscribe()`. */
  subscribe(): Promise<void> {
    if (this.status() === 'joined') return Promise.resolve()
    const { failure } = this.#host
    const joined = createUnattended<void>((resolve, reject) =>
      this.#waiters.push({ resolve, reject }),
    )
    if (!this.#isWanted) {
      this.#isWanted = true
      this.#wasLeft = false
      this.error.set(null)
    }
    if (!this.#host.hasEnded) this.status.set('joining')
    // Nothing arrives until `connect()`; the request to join stays until then.
    if (failure) this.#settleWaiters(err(failure))
    this.connected()
    return joined
  }

  /** Resolves when the server knows that this channel was left, or cannot be told. */
  unsubscribe(): Promise<void> {
    // The server may have accepted even an unanswered join.
    const mustTell = this.#host.isReady && this.#isWanted
    this.#wasLeft = true
    this.#leave('idle', new RealtimeError('unavailable', 'the channel was left'))
    this.#sequence.reset()
    if (!mustTell) return Promise.resolve()
    return new Promise((resolve) => {
      this.#host.request({ type: 'unsubscribe', channel: this.#channel }, () => resolve())
    })
  }

  /** Joins, when that is wanted and not yet under way. */
  connected(): void {
    if (this.#isWanted && this.#host.isReady && this.#join === 'none') this.#ask()
  }

  /** Joins again over the same link: a notice was lost, or more is asked for. */
  joinAgain(): void {
    if (this.#isWanted && this.#host.isReady) this.#ask()
  }

  /** Notes that the link is gone; the next one joins again. */
  cut(): void {
    this.#stop()
    if (!this.#isWanted || this.#isWaiting) return
    this.#events.onJoining()
    this.status.set('joining')
  }

  /** Notes that no link follows until `connect()`; the request to join stays. */
  end(error: RealtimeError): void {
    this.#stop()
    this.#isWaiting = false
    // The error that ended the client explains why this channel is not joined.
    this.#settleWaiters(err(this.#host.failure ?? error))
    if (this.#isWanted) this.status.set('idle')
  }

  /** Takes the server's notice that it ended the membership. */
  removed({ code, reason }: UnsubscribedFrame): void {
    if (!this.#isWanted) return
    const known = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'forbidden'
    this.#refuse(new RealtimeError(known, reason, { details: { code } }))
  }

  #ask(): void {
    this.#stop()
    const round = this.#round
    this.#join = 'asked'
    this.#sequence.hold()
    this.#events.onJoining()
    // While the room is full, the status stays `refused` until there is room.
    if (!this.#isWaiting) this.status.set('joining')
    if (round !== this.#round) return
    const { since } = this.#sequence
    const frame = { ...this.#events.createFrame(), since }
    this.#host.request(frame, (result) => {
      if (round === this.#round) this.#answered(result, since)
    })
  }

  #answered(result: Result<unknown>, since: string | undefined): void {
    if (result.ok) this.#accepted(readJoinReply(result.value), since)
    else if (since !== undefined && result.error.details?.reason === UNREADABLE.reason) {
      // An event that cannot be read counts as missed: a reply without it is still an answer.
      const round = this.#round
      this.#sequence.reset()
      this.#events.onReset('damaged')
      if (round === this.#round) this.#ask()
    } else if (result.error.code === 'room_full' && this.#wasMember) {
      this.#waitForPlace(result.error)
    } else if (!mayRetry(result.error)) {
      if (this.#events.onRefused(result.error)) this.#ask()
      else this.#refuse(result.error)
    } else {
      this.#join = 'none'
      this.#cancelRetry = this.#host.retry(result.error, this.#failures, () => this.connected())
      this.#failures += 1
    }
  }

  // A seat lost during a long absence is not given up: other members will leave.
  #waitForPlace(error: RealtimeError): void {
    this.#stop()
    this.#sequence.drop()
    const isTold = this.status() === 'refused'
    this.#isWaiting = true
    const failures = Math.min(this.#failures, MAX_COUNTED_FAILURES)
    this.#failures += 1
    this.#cancelRetry = this.#host.retry(error, failures, () => this.connected())
    const round = this.#round
    this.#events.onLeft(error, false)
    if (isTold || round !== this.#round) return
    this.error.set(error)
    this.status.set('refused')
    this.#events.onShutOut()
  }

  #accepted(reply: JoinReply, since: string | undefined): void {
    const round = this.#round
    this.#wasMember = true
    this.#isWaiting = false
    this.#join = 'accepted'
    this.#failures = 0
    this.#events.onAccepted(reply)
    if (round !== this.#round) return
    const { isRecovered, position, reason = 'unknown_epoch' } = reply
    if (since === undefined || isRecovered) this.#complete(reply)
    else if (reason === 'too_many' && position !== null && this.#hasHistory)
      this.#startCatchUp(reply, position)
    else this.#startAfresh(reply, reason)
  }

  // Only the log of a single channel can be read in pages.
  get #hasHistory(): boolean {
    return !hasWildcard(this.#channel)
  }

  #startCatchUp(reply: JoinReply, target: string): void {
    this.#catchUp = new CatchUp({
      host: this.#host,
      channel: this.#channel,
      sequence: this.#sequence,
      target,
      onDone: () => this.#finish(),
      onHole: () => this.#startAfresh(reply, 'too_many'),
    })
    this.#catchUp.next()
  }

  #startAfresh(reply: JoinReply, reason: RecoveryFailure): void {
    const round = this.#round
    this.#sequence.reset()
    this.#events.onReset(reason)
    if (round === this.#round) this.#complete(reply)
  }

  #complete(reply: JoinReply): void {
    const round = this.#round
    this.#sequence.replay(reply.events, reply.gaps, (gap) => this.#events.onGap(gap))
    if (round !== this.#round) return
    this.#sequence.advance(reply.position)
    this.#finish()
  }

  #finish(): void {
    const round = this.#round
    const isWhole = this.#sequence.release()
    if (round !== this.#round) return
    if (!isWhole) {
      // The log still has what could not be held; without a log it is lost.
      if (this.#sequence.since !== undefined) {
        this.#ask()
        return
      }
      this.#events.onReset('too_many')
      if (round !== this.#round) return
    }
    this.error.set(null)
    this.status.set('joined')
    this.#settleWaiters(ok(undefined))
  }

  #refuse(error: RealtimeError): void {
    this.#leave('refused', error)
    this.#events.onShutOut()
  }

  #leave(status: 'idle' | 'refused', error: RealtimeError): void {
    this.#stop()
    this.#isWanted = false
    this.#wasMember = false
    this.#isWaiting = false
    this.#sequence.drop()
    this.#settleWaiters(err(error))
    this.#events.onLeft(error, status === 'refused')
    this.error.set(status === 'refused' ? error : null)
    this.status.set(status)
  }

  #stop(): void {
    this.#round += 1
    this.#join = 'none'
    this.#cancelRetry?.()
    this.#catchUp?.cancel()
    this.#cancelRetry = undefined
    this.#catchUp = undefined
  }

  #settleWaiters(result: Result<void>): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) settle(waiter, result)
  }
}
