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

/** Where a channel stands: whether its events arrive. */
export type ChannelStatus = 'idle' | 'joining' | 'joined' | 'refused'

/** A room that is full is asked again, at the latest after the wait of so many failures. */
const MAX_COUNTED_FAILURES = 3

/** What a membership asks of its channel and tells it. */
export interface MembershipEvents {
  /** Makes the frame of a join, but for the position. */
  createFrame(): SubscribeRequest
  /** A join goes out, or the last one is no longer good. */
  onJoining(): void
  /** The server took the join; its events are still to come. */
  onAccepted(reply: JoinReply): void
  /** What was missed cannot be had: the fresh events follow. */
  onReset(reason: RecoveryFailure): void
  /** Events of a list that was replayed are damaged, and will not come. */
  onGap(gap: EventGap): void
  /** The server refused a join; true asks again, for less. */
  onRefused(error: RealtimeError): boolean
  /** The channel is left, by this side or by the server, which may have refused it for good. */
  onLeft(error: RealtimeError, isRefused: boolean): void
  /** The server refused to let one in: what waited for the join goes out without it. */
  onShutOut(): void
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: RealtimeError) => void
}

/** Joins a channel, joins it again after every cut, and resumes where it was. */
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
  /** True while the room is full to which one belonged, and is asked again and again. */
  #isWaiting = false
  #join: 'none' | 'asked' | 'accepted' = 'none'
  // Whatever began in an earlier round is over: its answers and handlers' returns count no more.
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

  /** True from the wish to be a member until the channel is left or refused. */
  get isWanted(): boolean {
    return this.#isWanted
  }

  /** True when the server counts this connection as a member. */
  get isMember(): boolean {
    return this.#join === 'accepted'
  }

  /** True when a publish can be sent, and would not overtake a join. */
  get mayPublish(): boolean {
    const isFree = !this.#isWanted || this.#isWaiting || this.isMember
    return isFree && this.#host.isReady
  }

  /** True when frames of the channel are for somebody here; a server may join one by itself. */
  get takesFrames(): boolean {
    return this.#isWanted || (!this.#wasLeft && this.status() !== 'refused')
  }

  /** Resolves when joined; the wish outlives every cut until `unsubscribe()`. */
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
    // Nothing comes until somebody connects again; the wish stays until then.
    if (failure) this.#settleWaiters(err(failure))
    this.connected()
    return joined
  }

  /** Resolves when the server knows that this channel was left, or cannot be told. */
  unsubscribe(): Promise<void> {
    // Even an unanswered join may have been taken.
    const mustTell = this.#host.isReady && this.#isWanted
    this.#wasLeft = true
    this.#leave('idle', new RealtimeError('unavailable', 'the channel was left'))
    this.#sequence.reset()
    if (!mustTell) return Promise.resolve()
    return new Promise((resolve) => {
      this.#host.request({ type: 'unsubscribe', channel: this.#channel }, () => resolve())
    })
  }

  /** Joins, where that is wanted and not under way. */
  connected(): void {
    if (this.#isWanted && this.#host.isReady && this.#join === 'none') this.#ask()
  }

  /** Joins anew over the same link: something told did not arrive, or more is asked for. */
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

  /** Notes that no link will come until somebody connects; the wish stays. */
  end(error: RealtimeError): void {
    this.#stop()
    this.#isWaiting = false
    // Why nobody is let in is why this channel is not joined.
    this.#settleWaiters(err(this.#host.failure ?? error))
    if (this.#isWanted) this.status.set('idle')
  }

  /** Takes the server's word that it ended the membership. */
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
    // Whoever waits for a place is out until there is one.
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
      // Whatever cannot be read is among what was missed: without it there is an answer.
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

  // A place that was lost by being away too long is not given up: others leave again.
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

  // Pages can be read of one channel's log only.
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
      // The log has what could not be held; where there is none, it is lost.
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
