import {
  type ChannelEvent,
  type EphemeralEventType,
  type EphemeralFrame,
  type EventFrame,
  formatUuidV7,
  type GapFrame,
  type HistoryReply,
  hasWildcard,
  type PublishReply,
  type PublishRequest,
  type RealtimeError,
} from '@coterie/protocol'

import { ask } from './ask.ts'
import { readHistoryReply } from './catch-up.ts'
import type {
  Channel,
  ChannelOptions,
  ChannelUse,
  HistoryQuery,
  PublishOptions,
} from './channel.ts'
import { ChannelEvents, type ChannelReset } from './channel-events.ts'
import type { ChannelFrame } from './channel-frame.ts'
import type { ChannelHost } from './channel-host.ts'
import { ChannelUsers } from './channel-users.ts'
import {
  checkChannelOptions,
  checkHistoryQuery,
  checkPublishOptions,
} from './check-channel-options.ts'
import { copied } from './copied.ts'
import { EventSequence } from './event-sequence.ts'
import type { RoomDescription } from './join-reply.ts'
import { ListenerCount } from './listener-count.ts'
import { type ChannelStatus, Membership, type MembershipEvents } from './membership.ts'
import { ChannelPresence } from './presence.ts'
import { createPublishQueue, type QueuedPublish } from './publish-queue.ts'

import type { RetryingQueue } from './retrying-queue.ts'
import { createCountedSignal, type Signal, type WritableSignal } from './signal.ts'
import { ChannelState } from './state/channel-state.ts'
import { ChannelTyping } from './typing.ts'
import { createUnattended } from './unattended.ts'

/** Signals that come by themselves, of users who do nothing. */
const PASSIVE: readonly EphemeralEventType[] = ['typing_stop', 'presence_away', 'presence_offline']

/** A channel, fed with its frames by the client. */
export class ClientChannel implements Channel {
  readonly name: string
  readonly presence: ChannelPresence
  readonly typing: ChannelTyping
  readonly state: ChannelState
  readonly room: WritableSignal<RoomDescription | null>
  readonly status: Signal<ChannelStatus>
  readonly error: Signal<RealtimeError | null>

  readonly #host: ChannelHost
  readonly #events: ChannelEvents
  readonly #sequence: EventSequence
  readonly #membership: Membership
  readonly #publishes: RetryingQueue<QueuedPublish>
  readonly #users: ChannelUsers
  readonly #count: ListenerCount

  /** @param onUsed called whenever the channel or a part of it is used */
  constructor(name: string, host: ChannelHost, onUsed: (channel: ClientChannel) => void) {
    const count = new ListenerCount(() => onUsed(this))
    this.name = name
    this.#host = host
    this.#count = count
    this.room = createCountedSignal<RoomDescription | null>(null, count)
    this.#events = new ChannelEvents((error) => host.environment.reportError(error), count)
    this.#sequence = new EventSequence(
      (event) => this.#events.emit(event),
      hasWildcard(name) ? 'pattern_position' : 'position',
    )
    this.presence = new ChannelPresence(name, host, count)
    this.typing = new ChannelTyping(name, host, count)
    this.state = new ChannelState({
      channel: name,
      host,
      createId: () => this.#createId(),
      mayChange: () => host.isReady && this.#membership.isMember,
      onHole: () => this.#membership.joinAgain(),
      count,
    })
    this.#publishes = createPublishQueue(
      host,
      () => this.#mayPublish,
      () => this.#sequence.since,
    )
    this.#membership = this.#createMembership()
    this.status = this.#membership.status
    this.error = this.#membership.error
    this.#users = new ChannelUsers({
      channel: name,
      host,
      membership: this.#membership,
      presence: this.presence,
      events: this.#events,
      history: (query) => this.history(query),
      onLeft: () => this.#publishes.flush(),
    })
  }

  subscribe(): Promise<void> {
    this.#count.used()
    return this.#users.subscribe()
  }

  rejoin(): void {
    this.#membership.joinAgain()
  }

  unsubscribe(): Promise<void> {
    return this.#users.unsubscribe()
  }

  use(options: ChannelOptions = {}): ChannelUse {
    checkChannelOptions(options)
    this.#count.used()
    return this.#users.use(options)
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

  onActivity(handler: (userId: string, frame: ChannelFrame) => void): () => void {
    return this.#events.activity.add((frame) => handler(findActor(frame) as string, frame))
  }

  markRead(eventId: string): Promise<void> {
    return ask(this.#host, { type: 'read', channel: this.name, event_id: eventId }, () => {})
  }

  publish(event: string, payload: unknown, options: PublishOptions = {}): Promise<PublishReply> {
    return createUnattended((resolve, reject) => {
      checkPublishOptions(options)
      const { messageId, untilSnapshot, ...rest } = options
      const copy = copied(payload)
      const message_id = messageId ?? (options.volatile ? undefined : this.#createId())
      const frame: PublishRequest = {
        type: 'publish',
        channel: this.name,
        event,
        payload: copy,
        ...rest,
        ...(message_id !== undefined && { message_id }),
        ...(untilSnapshot && { until_snapshot: true }),
      }
      if (options.volatile) return this.#publishNow({ frame, resolve, reject })
      // The server ends typing with the message, for everybody.
      this.typing.reset()
      this.#count.used()
      this.#publishes.push({ frame, resolve, reject })
      this.#publishes.flush()
    })
  }

  history(query: HistoryQuery = {}): Promise<HistoryReply> {
    return createUnattended((resolve) => {
      checkHistoryQuery(query)
      resolve(ask(this.#host, { type: 'history', channel: this.name, ...query }, readHistoryReply))
    })
  }

  /** Takes what one who got the channel by its name asks for; what is not named stays. */
  configure(options: ChannelOptions): void {
    checkChannelOptions(options)
    this.#users.configure(options)
  }

  /** True where nobody uses it, listens to a part of it or waits for an answer. */
  get isUnused(): boolean {
    return (
      this.#count.isZero &&
      this.#users.isEmpty &&
      !this.#membership.isWanted &&
      !this.presence.isBusy &&
      this.#publishes.isIdle &&
      this.state.pending() === 0
    )
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
    this.presence.cut()
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
    if (findActor(frame)) this.#events.activity.emit(frame)
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
    const events: MembershipEvents = {
      createFrame: () => this.#users.ask(this.#sequence.since !== undefined),
      onJoining: () => {
        this.presence.joining()
        this.state.joining()
      },
      onAccepted: (reply) => {
        this.#users.accepted()
        this.room.set(reply.room)
        this.presence.joined(reply.presence, reply.presenceCount, reply.presenceReturning)
        this.state.joined(reply.state)
        this.#publishes.flush()
      },
      onRefused: (error) => this.#users.askForLess(error),
      onReset: (reason) => this.#events.reset.emit({ reason }),
      onGap: (gap) => this.#events.gap.emit({ type: 'gap', channel: this.name, ...gap }),
      onLeft: (error, isRefused) => {
        this.#users.ended(isRefused)
        this.presence.left(error)
        this.state.left(error)
        this.typing.left()
      },
      onShutOut: () => this.#publishes.flush(),
    }
    return new Membership(this.name, this.#host, this.#sequence, events, this.#count)
  }

  get #mayPublish(): boolean {
    return this.#host.isReady && this.#membership.mayPublish
  }

  #publishNow({ frame, resolve, reject }: QueuedPublish): void {
    if (!this.#mayPublish) {
      reject(this.#host.createAbsenceError())
      return
    }
    const { channel, event, key } = frame
    const conflationKey = key === undefined ? undefined : JSON.stringify([channel, event, key])
    this.#host.request(
      frame,
      (result) => (result.ok ? resolve(result.value as PublishReply) : reject(result.error)),
      { isVolatile: true, conflationKey },
    )
  }

  #createId(): string {
    const { clock, random } = this.#host.environment
    const bytes = Uint8Array.from({ length: 10 }, () => Math.floor(random() * 256))
    return formatUuidV7(clock.now(), bytes)
  }
}

/** Finds the user who does something, as a frame shows; undefined where it shows nothing of the kind. */
function findActor(frame: ChannelFrame): string | undefined {
  switch (frame.type) {
    case 'event':
    case 'state':
      return frame.from?.user_id
    case 'ephemeral':
      return PASSIVE.includes(frame.event_type) ? undefined : frame.user_id
    default:
      return undefined
  }
}
