import {
  type ChannelEvent,
  copyJson,
  type EphemeralFrame,
  type EventFrame,
  formatUuidV7,
  type GapFrame,
  type HistoryReply,
  hasWildcard,
  type JsonValue,
  type PresenceFrame,
  type PublishFrame,
  type PublishReply,
  RealtimeError,
  type StateFrame,
  type SubscribeFrame,
  type UnsubscribedFrame,
} from '@coterie/protocol'
import { readHistoryReply } from './catch-up.ts'
import type {
  Channel,
  ChannelOptions,
  ChannelUse,
  HistoryQuery,
  PublishOptions,
} from './channel.ts'
import { ChannelEvents, type ChannelReset } from './channel-events.ts'
import type { ChannelHost } from './channel-host.ts'
import { ChannelUses } from './channel-uses.ts'
import type { EventListener } from './event-listener.ts'
import { EventSequence } from './event-sequence.ts'
import type { RoomDescription } from './join-reply.ts'
import { asksForMore } from './join-request.ts'
import { type ChannelStatus, Membership } from './membership.ts'
import { readNewestEvents } from './newest-events.ts'
import { ChannelPresence } from './presence.ts'
import { PublishQueue } from './publish-queue.ts'
import { createSignal, type Signal } from './signal.ts'
import { ChannelState } from './state/channel-state.ts'
import { ChannelTyping } from './typing.ts'

/** A frame that the server sends for one channel. */
export type ChannelFrame =
  | EventFrame
  | PresenceFrame
  | StateFrame
  | EphemeralFrame
  | GapFrame
  | UnsubscribedFrame

interface Demand {
  /** The use that asked; undefined for one who subscribed. */
  readonly use: object | undefined
  readonly reject: (error: RealtimeError) => void
}

/** A channel, fed with its frames by the client. */
export class ClientChannel implements Channel {
  readonly name: string
  readonly presence: ChannelPresence
  readonly typing: ChannelTyping
  readonly state: ChannelState
  readonly room = createSignal<RoomDescription | null>(null)
  readonly status: Signal<ChannelStatus>
  readonly error: Signal<RealtimeError | null>

  readonly #host: ChannelHost
  readonly #events: ChannelEvents
  readonly #sequence: EventSequence
  readonly #membership: Membership
  readonly #publishes: PublishQueue
  readonly #uses = new ChannelUses()
  /** The last join, which may be under way. */
  #asked: SubscribeFrame | undefined
  /** Those who asked for more than was granted, until the server has answered. */
  #demands: Demand[] = []
  /** How many events the next to subscribe wants to begin with. */
  #recent: number | undefined

  constructor(name: string, host: ChannelHost) {
    this.name = name
    this.#host = host
    this.#events = new ChannelEvents((error) => host.environment.reportError(error))
    this.#sequence = new EventSequence(
      (event) => this.#events.emit(event),
      hasWildcard(name) ? 'pattern_position' : 'position',
    )
    this.presence = new ChannelPresence(name, host)
    this.typing = new ChannelTyping(name, host)
    this.state = new ChannelState({
      channel: name,
      host,
      createId: () => this.#createId(),
      mayChange: () => host.isReady && this.#membership.isMember,
      onHole: () => this.#membership.joinAgain(),
    })
    this.#publishes = new PublishQueue(
      host,
      () => this.#mayPublish,
      () => this.#sequence.since,
    )
    this.#membership = this.#createMembership()
    this.status = this.#membership.status
    this.error = this.#membership.error
    this.status.subscribe((status) => {
      if (status === 'refused') this.#uses.refused()
    })
  }

  subscribe(): Promise<void> {
    this.#uses.subscribe()
    const recent = this.#recent
    this.#recent = undefined
    return this.#join(recent)
  }

  rejoin(): void {
    this.#membership.joinAgain()
  }

  unsubscribe(): Promise<void> {
    this.#uses.unsubscribe()
    return this.#leaveIfUnused()
  }

  use(options: ChannelOptions = {}): ChannelUse {
    const use = {}
    const joined = this.#hold(use, options)
    return {
      joined,
      ask: (changed) =>
        this.#uses.isHeld(use) ? this.#hold(use, changed) : rejectQuietly(createReleasedError()),
      release: () => {
        if (!this.#uses.isHeld(use)) return Promise.resolve()
        this.#uses.release(use)
        return this.#leaveIfUnused()
      },
    }
  }

  on<Event extends string>(
    event: Event,
    handler: (event: ChannelEvent<Event>) => void,
  ): () => void {
    return this.#events.on(event, handler as (event: ChannelEvent) => void)
  }

  onAny(handler: (event: ChannelEvent) => void): () => void {
    return this.#events.onAny(handler)
  }

  onReset(handler: (reset: ChannelReset) => void): () => void {
    return this.#events.reset.add(handler)
  }

  onGap(handler: (gap: GapFrame) => void): () => void {
    return this.#events.gap.add(handler)
  }

  onEphemeral(handler: (signal: EphemeralFrame) => void): () => void {
    return this.#events.ephemeral.add(handler)
  }

  markRead(eventId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const frame = { type: 'read', channel: this.name, event_id: eventId } as const
      this.#host.requestSoon(frame, (result) => {
        if (result.ok) resolve()
        else reject(result.error)
      })
    })
  }

  publish(event: string, payload: JsonValue, options: PublishOptions = {}): Promise<PublishReply> {
    const copy = copyJson(payload)
    if (!copy.ok) return Promise.reject(copy.error)
    const { messageId, ...rest } = options
    const message_id = messageId ?? (options.volatile ? undefined : this.#createId())
    const frame: PublishFrame = {
      type: 'publish',
      channel: this.name,
      event,
      payload: copy.value,
      ...rest,
      ...(message_id !== undefined && { message_id }),
    }
    if (options.volatile) return this.#publishNow(frame)
    // The server ends typing with the message, for everybody.
    this.typing.reset()
    return this.#publishes.push(frame)
  }

  history(query: HistoryQuery = {}): Promise<HistoryReply> {
    return new Promise((resolve, reject) => {
      this.#host.requestSoon({ type: 'history', channel: this.name, ...query }, (result) => {
        if (result.ok) resolve(readHistoryReply(result.value))
        else reject(result.error)
      })
    })
  }

  /** Takes what one who got the channel by its name asks for; what is not named stays. */
  configure(options: ChannelOptions): void {
    const { recent, ...others } = options
    this.#uses.handOut()
    // Of a channel that is joined, recent events are read for who asks, and for nobody else:
    // a join that asks for them may be refused where who is in may read them.
    const isLate = this.#membership.isWanted && recent !== undefined
    if (isLate) this.#recent = recent
    this.#uses.configure(isLate ? others : options)
    if (options.presence) this.presence.configure(options.presence)
    else if (options.presence === false && !this.#membership.isWanted) this.#withdrawPresence()
  }

  /** True when the server counts this connection as a member. */
  get isMember(): boolean {
    return this.#membership.isMember
  }

  /** Takes up work on a new link. */
  connected(): void {
    this.#membership.connected()
    this.#publishes.flush()
    this.state.flush()
  }

  /** Notes that the link is gone and another will come. */
  cut(): void {
    this.#publishes.cut()
    this.state.cut()
    this.typing.left()
    this.#membership.cut()
  }

  /** Notes that no link will come until somebody connects. */
  end(error: RealtimeError): void {
    this.typing.left()
    this.presence.ended(error)
    this.#publishes.end(error)
    this.state.end(error)
    this.#membership.end(error)
  }

  /** Takes a frame that the server sent for this channel. */
  receive(frame: ChannelFrame): void {
    if (!this.#membership.takesFrames) return
    switch (frame.type) {
      case 'event':
        this.#receiveEvent(frame)
        break
      case 'presence':
        this.presence.receive(frame)
        break
      case 'state':
        this.state.receive(frame)
        break
      case 'ephemeral':
        this.typing.receive(frame)
        this.#events.ephemeral.emit(frame)
        break
      case 'gap':
        this.#receiveGap(frame)
        break
      case 'unsubscribed':
        this.#membership.removed(frame)
        this.#publishes.flush()
    }
  }

  #receiveEvent({ type: _, ...event }: EventFrame): void {
    this.#sequence.receive(event)
  }

  #receiveGap(gap: GapFrame): void {
    // A gap in one channel of a pattern says nothing of the pattern's own positions.
    const next = gap.channel === this.name ? gap.next : null
    this.#sequence.skip(next, () => this.#events.gap.emit(gap))
  }

  #createMembership(): Membership {
    return new Membership(this.name, this.#host, this.#sequence, {
      createFrame: () => {
        this.presence.ask()
        // Who resumes gets no recent events: those who wait for them still do.
        if (this.#sequence.since === undefined) this.#events.takeNewcomers()
        this.#asked = this.#createSubscribe()
        return this.#asked
      },
      onJoining: () => {
        this.presence.joining()
        this.state.joining()
      },
      onAccepted: (reply) => {
        this.#uses.opened()
        this.#demands = []
        this.room.set(reply.room)
        this.presence.joined(reply.presence, reply.presenceCount)
        this.state.joined(reply.state)
        this.#publishes.flush()
      },
      onRefused: (error) => this.#askForLess(error),
      onReset: (reason) => this.#events.reset.emit({ reason }),
      onGap: (gap) => this.#events.gap.emit({ type: 'gap', channel: this.name, ...gap }),
      onLeft: (error) => {
        this.#demands = []
        this.presence.left(error)
        this.state.left(error)
        this.typing.left()
      },
    })
  }

  #hold(use: object, options: ChannelOptions): Promise<void> {
    const { recent, ...others } = options
    this.#uses.hold(use, this.#membership.isWanted ? others : options)
    if (options.presence) this.presence.configure(options.presence)
    else if (options.presence === false && !this.#membership.isWanted) this.#withdrawPresence()
    return this.#join(recent, use)
  }

  #join(recent: number | undefined, use?: object): Promise<void> {
    if (!this.#membership.isWanted) return this.#membership.subscribe()
    const newcomers = this.#events.takeNewcomers()
    const joined = this.#joinWithMore(use)
    // Pages can be read of one channel's log only.
    if (!recent || hasWildcard(this.name)) return joined
    const served = this.#handOverNewest(recent, newcomers, joined)
    served.catch(() => {})
    return served
  }

  #joinWithMore(use: object | undefined): Promise<void> {
    if (!this.#asked || !asksForMore(this.#createSubscribe(), this.#asked, this.status())) {
      this.presence.refresh()
      return this.#membership.subscribe()
    }
    const joined = new Promise<void>((resolve, reject) => {
      this.#demands.push({ use, reject })
      this.#membership.joinAgain()
      this.#membership.subscribe().then(resolve, reject)
    })
    joined.catch(() => {})
    return joined
  }

  // What one asks for in vain is not to put out those who are in the channel.
  #askForLess(error: RealtimeError): boolean {
    const demands = this.#demands
    this.#demands = []
    if (demands.length === 0 || !this.#uses.isOpen) return false
    this.#uses.takeBack(demands.map(({ use }) => use))
    this.presence.takeBack()
    for (const { reject } of demands) reject(error)
    return true
  }

  async #handOverNewest(
    count: number,
    listeners: readonly EventListener[],
    joined: Promise<void>,
  ): Promise<void> {
    for (const listener of listeners) listener.wait()
    let events: readonly ChannelEvent[] = []
    try {
      await joined
      const isWanted = (): boolean => this.#membership.isWanted
      const history = (query: HistoryQuery): Promise<HistoryReply> => this.history(query)
      events = await readNewestEvents({ host: this.#host, history, isWanted }, count)
    } finally {
      for (const listener of listeners) listener.begin(events)
    }
  }

  #leaveIfUnused(): Promise<void> {
    if (!this.#uses.isEmpty) return Promise.resolve()
    const left = this.#membership.unsubscribe()
    this.#uses.left()
    if (this.#uses.presence === false) this.#withdrawPresence()
    this.#recent = undefined
    this.#publishes.flush()
    return left
  }

  // Where nobody else takes part either.
  #withdrawPresence(): void {
    const { presence, holdsPresence } = this.#uses
    if (!presence && !holdsPresence) this.presence.configure(false)
  }

  #createSubscribe(): SubscribeFrame {
    const presence = this.presence.option
    const { initialState, ...options } = this.#uses.options
    return {
      type: 'subscribe',
      channel: this.name,
      ...options,
      ...(initialState !== undefined && { initial_state: initialState }),
      ...(presence !== undefined && { presence }),
    }
  }

  get #mayPublish(): boolean {
    return this.#host.isReady && this.#membership.mayPublish
  }

  #publishNow(frame: PublishFrame): Promise<PublishReply> {
    const { channel, event, key } = frame
    const conflationKey = key === undefined ? undefined : JSON.stringify([channel, event, key])
    const published = new Promise<PublishReply>((resolve, reject) => {
      if (!this.#mayPublish) return reject(new RealtimeError('unavailable', 'not connected'))
      this.#host.request(
        frame,
        (result) => (result.ok ? resolve(result.value as PublishReply) : reject(result.error)),
        { isVolatile: true, conflationKey },
      )
    })
    // A drop is in the nature of a volatile event: who does not look must not be crashed by it.
    published.catch(() => {})
    return published
  }

  #createId(): string {
    const { clock, random } = this.#host.environment
    const bytes = Uint8Array.from({ length: 10 }, () => Math.floor(random() * 256))
    return formatUuidV7(clock.now(), bytes)
  }
}

function createReleasedError(): RealtimeError {
  return new RealtimeError('unavailable', 'this use of the channel was released')
}

// Nobody has to wait for it.
function rejectQuietly(error: RealtimeError): Promise<never> {
  const rejected = Promise.reject(error)
  rejected.catch(() => {})
  return rejected
}
