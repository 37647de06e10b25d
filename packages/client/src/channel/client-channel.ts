import {
  type ChannelEvent,
  type EphemeralEventType,
  type EphemeralFrame,
  type EventFrame,
  type GapFrame,
  type HistoryReply,
  hasWildcard,
  type PublishReply,
  type RealtimeError,
} from '@coterie/protocol'
import type { Presence } from '../presence/presence.ts'
import { ListenerCount } from '../signals/listener-count.ts'
import { createCountedSignal, type Signal, type WritableSignal } from '../signals/signal.ts'
import type { SharedState } from '../state/shared-state.ts'
import type { Typing } from '../typing/typing.ts'
import { ask } from './ask.ts'
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
import type { ChannelPart, ChannelParts, PartContext } from './channel-part.ts'
import { ChannelUsers } from './channel-users.ts'
import { checkChannelOptions, checkHistoryQuery } from './check-channel-options.ts'
import { EventSequence } from './event-sequence.ts'
import type { RoomDescription } from './join-reply.ts'
import { type ChannelStatus, Membership, type MembershipEvents } from './membership.ts'
import { readLog } from './read-log.ts'
import { createUnattended } from './unattended.ts'

/** Signals that are sent automatically, without an act of the user. */
const PASSIVE: readonly EphemeralEventType[] = ['typing_stop', 'presence_away', 'presence_offline']

/** A channel that receives its frames from the client. */
export class ClientChannel implements Channel {
  readonly name: string
  readonly room: WritableSignal<RoomDescription | null>
  readonly status: Signal<ChannelStatus>
  readonly error: Signal<RealtimeError | null>

  readonly #host: ChannelHost
  readonly #events: ChannelEvents
  readonly #sequence: EventSequence
  readonly #membership: Membership
  readonly #parts: ChannelParts
  /** The parts, in the order in which they are notified. */
  readonly #told: readonly ChannelPart[]
  readonly #users: ChannelUsers
  readonly #count: ListenerCount

  /** @param onUsed called whenever the channel or a part of it is used */
  constructor(
    name: string,
    host: ChannelHost,
    createParts: (channel: PartContext) => ChannelParts,
    onUsed: (channel: ClientChannel) => void,
  ) {
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
    this.#membership = this.#createMembership()
    this.#parts = createParts({
      name,
      host,
      count,
      membership: this.#membership,
      sequence: this.#sequence,
      published: () => {
        for (const part of this.#told) part.published?.()
      },
    })
    this.#told = Object.values(this.#parts)
    this.status = this.#membership.status
    this.error = this.#membership.error
    this.#users = new ChannelUsers({
      channel: name,
      host,
      membership: this.#membership,
      parts: this.#told,
      events: this.#events,
      onLeft: () => this.#flush(),
    })
  }

  get presence(): Presence {
    return this.#parts.presence
  }

  get typing(): Typing {
    return this.#parts.typing
  }

  get state(): SharedState {
    return this.#parts.state
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

  publish(event: string, payload: unknown, options?: PublishOptions): Promise<PublishReply> {
    return this.#parts.publishing.publish(event, payload, options)
  }

  history(query: HistoryQuery = {}): Promise<HistoryReply> {
    return createUnattended((resolve) => {
      checkHistoryQuery(query)
      resolve(readLog(this.#host, this.name, query))
    })
  }

  /** Takes the options of a `client.channel()` call; omitted options keep their values. */
  configure(options: ChannelOptions): void {
    checkChannelOptions(options)
    this.#users.configure(options)
  }

  /** True when nobody uses it, listens to a part of it or waits for an answer. */
  get isUnused(): boolean {
    return (
      this.#count.isZero &&
      this.#users.isEmpty &&
      !this.#membership.isWanted &&
      this.#told.every(({ queue }) => queue?.isIdle ?? true)
    )
  }

  /** True when the server counts this connection as a member. */
  get isMember(): boolean {
    return this.#membership.isMember
  }

  /** Resumes work on a new link. */
  connected(): void {
    this.#membership.connected()
    this.#flush()
  }

  /** Notes that the link is gone and another will follow. */
  cut(): void {
    for (const part of this.#told) {
      part.queue?.cut()
      part.cut?.()
    }
    this.#membership.cut()
  }

  /** Notes that no link follows until `connect()`. */
  end(error: RealtimeError): void {
    for (const part of this.#told) {
      part.queue?.end(error)
      part.cut?.()
      part.end?.()
    }
    this.#membership.end(error)
  }

  /** Takes a frame of the server for this channel. */
  receive(frame: ChannelFrame): void {
    if (!this.#membership.takesFrames) return
    if (findActor(frame)) this.#events.activity.emit(frame)
    switch (frame.type) {
      case 'event':
        this.#receiveEvent(frame)
        break
      case 'gap':
        this.#receiveGap(frame)
        break
      case 'unsubscribed':
        this.#membership.removed(frame)
        break
      default:
        for (const part of this.#told) part.receive?.(frame)
        if (frame.type === 'ephemeral') this.#events.ephemeral.emit(frame)
    }
  }

  #receiveEvent({ type: _, ...event }: EventFrame): void {
    this.#sequence.receive(event)
  }

  #receiveGap(gap: GapFrame): void {
    // A gap in one channel of a pattern does not move the pattern's own position.
    const next = gap.channel === this.name ? gap.next : null
    this.#sequence.skip(next, () => this.#events.gap.emit(gap))
  }

  #createMembership(): Membership {
    const events: MembershipEvents = {
      createFrame: () => this.#users.ask(this.#sequence.since !== undefined),
      onJoining: () => {
        for (const part of this.#told) part.joining?.()
      },
      onAccepted: (reply) => {
        this.#users.accepted()
        this.room.set(reply.room)
        for (const part of this.#told) part.joined?.(reply)
        this.#flush()
      },
      onRefused: (error) => this.#users.askForLess(error),
      onReset: (reason) => this.#events.reset.emit({ reason }),
      onGap: (gap) => this.#events.gap.emit({ type: 'gap', channel: this.name, ...gap }),
      onLeft: (error, isRefused) => {
        this.#users.ended(isRefused)
        for (const part of this.#told) {
          part.cut?.()
          part.left?.(error)
        }
      },
      onShutOut: () => this.#flush(),
    }
    return new Membership(this.name, this.#host, this.#sequence, events, this.#count)
  }

  #flush(): void {
    for (const { queue } of this.#told) queue?.flush()
  }
}

/** Finds the user whose activity a frame shows; undefined when it shows none. */
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
