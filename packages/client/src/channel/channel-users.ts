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
  /** Called when the last user has left and the server was told. */
  readonly onLeft: () => void
}

interface Demand {
  /** The use that asked; undefined for a user who called `subscribe()`. */
  readonly use: object | undefined
  readonly reject: (error: RealtimeError) => void
}

/** The users of one channel and the membership that they share. */
export class ChannelUsers {
  readonly #parts: ChannelUsersParts
  readonly #uses = new ChannelUses()
  /** The last join, which may be under way. */
  #asked: SubscribeRequest | undefined
  /** Requests for more than was granted, until the server has answered. */
  #demands: Demand[] = []
  /** How many recent events the next subscriber wants to start with. */
  #recent: number | undefined

  constructor(parts: ChannelUsersParts) {
    this.#parts = parts
  }

  /** True when nobody uses the channel. */
  get isEmpty(): boolean {
    return this.#uses.isEmpty
  }

  /** Adds a subscriber; see `Channel.subscribe`. */
  subscribe(): Promise<void> {
    this.#uses.subscribe()
    const recent = this.#recent
    this.#recent = undefined
    return this.#join(recent)
  }

  /** Removes a subscriber; see `Channel.unsubscribe`. */
  unsubscribe(): Promise<void> {
    this.#uses.unsubscribe()
    return this.#leaveIfUnused()
  }

  /** Adds the holder of a use; see `Channel.use`. */
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

  /** Takes the options of a `client.channel()` call; omitted options keep their values. */
  configure(options: ChannelOptions): void {
    const { recent, ...others } = options
    this.#configure(options)
    this.#uses.handOut()
    // When the channel is joined, recent events are read only for the user who asks: a new join
    // that asks for them may be refused where a member may read the log.
    const isLate = this.#isWanted && recent !== undefined
    if (isLate) this.#recent = recent
    this.#uses.configure(isLate ? others : options)
    this.#withdraw(options)
  }

  /** Returns the join that serves all users and is sent now. */
  ask(isResume: boolean): SubscribeRequest {
    const { events, parts } = this.#parts
    for (const part of parts) part.asked?.()
    // A resume brings no recent events, so handlers that wait for them keep waiting.
    if (!isResume) events.takeNewcomers()
    this.#asked = this.#createSubscribe()
    return this.#asked
  }

  /** Notes that the server accepted the join. */
  accepted(): void {
    this.#uses.opened()
    this.#demands = []
  }

  /** Notes that the channel was left, or that the server ended or refused the membership. */
  ended(isRefused: boolean): void {
    this.#demands = []
    if (isRefused) this.#uses.refused()
  }

  /**
   * Takes back refused additional options and rejects their requests. Returns false
   * when there were none: a refused addition must not remove members.
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

  // Leaves presence, where no other user of the channel takes part in it.
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
