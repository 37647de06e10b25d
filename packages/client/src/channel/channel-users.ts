import { hasWildcard, RealtimeError, type SubscribeRequest } from '@coterie/protocol'
import type { ChannelOptions, ChannelUse } from './channel.ts'
import type { ChannelEvents } from './channel-events.ts'
import type { ChannelHost } from './channel-host.ts'
import type { ChannelPart } from './channel-part.ts'
import { ChannelUses } from './channel-uses.ts'
import type { EventListener } from './event-listener.ts'
import { asksForMore } from './join-request.ts'
import type { Membership } from './membership.ts'
import { readNewestEvents } from './newest-events.ts'
import { createUnattended, unattended } from './unattended.ts'

/** What the users of a channel share. */
export interface ChannelUsersParts {
  readonly channel: string
  readonly host: ChannelHost
  readonly membership: Membership
  readonly parts: readonly ChannelPart[]
  readonly events: ChannelEvents
  /** The last user has left, and the server was told. */
  readonly onLeft: () => void
}

interface Demand {
  /** The use that asked; undefined for one who subscribed. */
  readonly use: object | undefined
  readonly reject: (error: RealtimeError) => void
}

/** Those who use one channel, and the one membership that they share. */
export class ChannelUsers {
  readonly #parts: ChannelUsersParts
  readonly #uses = new ChannelUses()
  /** The last join, which may be under way. */
  #asked: SubscribeRequest | undefined
  /** Those who asked for more than was granted, until the server has answered. */
  #demands: Demand[] = []
  /** How many events the next to subscribe wants to begin with. */
  #recent: number | undefined

  constructor(parts: ChannelUsersParts) {
    this.#parts = parts
  }

  /** True when nobody uses the channel. */
  get isEmpty(): boolean {
    return this.#uses.isEmpty
  }

  /** Adds one who subscribes; see `Channel.subscribe`. */
  subscribe(): Promise<void> {
    this.#uses.subscribe()
    const recent = this.#recent
    this.#recent = undefined
    return this.#join(recent)
  }

  /** Takes one back who subscribed; see `Channel.unsubscribe`. */
  unsubscribe(): Promise<void> {
    this.#uses.unsubscribe()
    return this.#leaveIfUnused()
  }

  /** Adds one who holds a use; see `Channel.use`. */
  use(options: ChannelOptions): ChannelUse {
    const use = {}
    const joined = this.#hold(use, options)
    return {
      joined,
      ask: (changed) =>
        this.#uses.isHeld(use)
          ? this.#hold(use, changed)
          : unattended(
              Promise.reject(
                new RealtimeError('unavailable', 'this use of the channel was released'),
              ),
            ),
      release: () => {
        if (!this.#uses.isHeld(use)) return Promise.resolve()
        this.#uses.release(use)
        return this.#leaveIfUnused()
      },
    }
  }

  /** Takes what one who got the channel by its name asks for; what is not named stays. */
  configure(options: ChannelOptions): void {
    const { recent, ...others } = options
    this.#configure(options)
    this.#uses.handOut()
    // Of a channel that is joined, recent events are read for who asks, and for nobody else:
    // a join that asks for them may be refused where who is in may read them.
    const isLate = this.#isWanted && recent !== undefined
    if (isLate) this.#recent = recent
    this.#uses.configure(isLate ? others : options)
    this.#withdraw(options)
  }

  /** Returns the join that all of them need, which goes out now. */
  ask(isResume: boolean): SubscribeRequest {
    const { events, parts } = this.#parts
    for (const part of parts) part.asked?.()
    // Who resumes gets no recent events: those who wait for them still do.
    if (!isResume) events.takeNewcomers()
    this.#asked = this.#createSubscribe()
    return this.#asked
  }

  /** Notes that the server took the join. */
  accepted(): void {
    this.#uses.opened()
    this.#demands = []
  }

  /** Notes that the channel is left, by this side or by the server, which may have refused it. */
  ended(isRefused: boolean): void {
    this.#demands = []
    if (isRefused) this.#uses.refused()
  }

  /**
   * Takes back what was asked for in vain, and tells who asked; false where it
   * was nothing: what one may not have is not to put out those who are in.
   */
  askForLess(error: RealtimeError): boolean {
    const demands = this.#demands
    this.#demands = []
    if (demands.length === 0 || !this.#uses.isOpen) return false
    this.#uses.takeBack(demands.map(({ use }) => use))
    for (const part of this.#parts.parts) part.takeBack?.()
    for (const { reject } of demands) reject(error)
    return true
  }

  get #isWanted(): boolean {
    return this.#parts.membership.isWanted
  }

  #hold(use: object, options: ChannelOptions): Promise<void> {
    const { recent, ...others } = options
    this.#configure(options)
    this.#uses.hold(use, this.#isWanted ? others : options)
    this.#withdraw(options)
    return this.#join(recent, use)
  }

  #configure(options: ChannelOptions): void {
    for (const part of this.#parts.parts) part.configure?.(options)
  }

  // From presence, where nobody else takes part in it either.
  #withdraw({ presence: option }: ChannelOptions): void {
    const { presence, holdsPresence } = this.#uses
    if (option !== false || this.#isWanted || presence || holdsPresence) return
    for (const part of this.#parts.parts) part.withdraw?.()
  }

  #join(recent: number | undefined, use?: object): Promise<void> {
    const { channel, events, membership } = this.#parts
    if (!this.#isWanted) return membership.subscribe()
    const newcomers = events.takeNewcomers()
    const joined = this.#joinWithMore(use)
    // Pages can be read of one channel's log only.
    if (!recent || hasWildcard(channel)) return joined
    return unattended(this.#handOverNewest(recent, newcomers, joined))
  }

  #joinWithMore(use: object | undefined): Promise<void> {
    const { membership, parts } = this.#parts
    const status = membership.status()
    if (!this.#asked || !asksForMore(this.#createSubscribe(), this.#asked, status)) {
      for (const part of parts) part.refresh?.()
      return membership.subscribe()
    }
    return createUnattended<void>((resolve, reject) => {
      this.#demands.push({ use, reject })
      membership.joinAgain()
      membership.subscribe().then(resolve, reject)
    })
  }

  async #handOverNewest(
    count: number,
    listeners: readonly EventListener[],
    joined: Promise<void>,
  ): Promise<void> {
    const { channel, host } = this.#parts
    for (const listener of listeners) listener.wait()
    let newest: Awaited<ReturnType<typeof readNewestEvents>> = []
    try {
      await joined
      newest = await readNewestEvents({ host, channel, isWanted: () => this.#isWanted }, count)
    } finally {
      for (const listener of listeners) listener.begin(newest)
    }
  }

  #leaveIfUnused(): Promise<void> {
    if (!this.#uses.isEmpty) return Promise.resolve()
    const left = this.#parts.membership.unsubscribe()
    this.#uses.left()
    this.#withdraw({ presence: this.#uses.presence })
    this.#recent = undefined
    this.#parts.onLeft()
    return left
  }

  #createSubscribe(): SubscribeRequest {
    const { channel, parts } = this.#parts
    const { initialState, ...options } = this.#uses.options
    const subscribe: SubscribeRequest = {
      type: 'subscribe',
      channel,
      ...options,
      initial_state: initialState,
    }
    return Object.assign(subscribe, ...parts.map(({ wanted }) => wanted))
  }
}
