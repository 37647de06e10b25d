import type { ChannelEvent, EphemeralFrame, GapFrame, RecoveryFailure } from '@coterie/protocol'
import type { ListenerCount } from '../signals/listener-count.ts'
import { ListenerSet } from '../signals/listener-set.ts'
import type { ChannelFrame } from './channel-frame.ts'
import { EventListener } from './event-listener.ts'

/** Why a channel starts again without its past events. */
export interface ChannelReset {
  readonly reason: RecoveryFailure
}

/** The handlers of one channel, by the name of the event. */
export class ChannelEvents {
  readonly reset: ListenerSet<ChannelReset>
  readonly gap: ListenerSet<GapFrame>
  readonly ephemeral: ListenerSet<EphemeralFrame>
  readonly activity: ListenerSet<ChannelFrame>
  readonly #any: ListenerSet<ChannelEvent>
  readonly #byName = new Map<string, ListenerSet<ChannelEvent>>()
  readonly #newcomers = new Set<EventListener>()
  readonly #report: (error: unknown) => void

  readonly #count: ListenerCount

  constructor(report: (error: unknown) => void, count: ListenerCount) {
    this.#report = report
    this.#count = count
    this.#any = new ListenerSet(report, count)
    this.reset = new ListenerSet(report, count)
    this.gap = new ListenerSet(report, count)
    this.ephemeral = new ListenerSet(report, count)
    this.activity = new ListenerSet(report, count)
  }

  /** Adds a handler for the events of one name; the returned function removes it. */
  on(name: string, handler: (event: ChannelEvent) => void): () => void {
    const handlers = this.#byName.get(name) ?? new ListenerSet(this.#report, this.#count)
    this.#byName.set(name, handlers)
    const off = this.#add(handlers, new EventListener(handler, this.#report, name))
    return () => {
      off()
      if (handlers.isEmpty && this.#byName.get(name) === handlers) this.#byName.delete(name)
    }
  }

  /** Adds a handler for all events; the returned function removes it. */
  onAny(handler: (event: ChannelEvent) => void): () => void {
    return this.#add(this.#any, new EventListener(handler, this.#report))
  }

  /** Passes an event to the handlers of its name, then to the handlers of all events. */
  emit(event: ChannelEvent): void {
    this.#byName.get(event.event)?.emit(event)
    this.#any.emit(event)
  }

  /** Returns the handlers that were added since the last call. */
  takeNewcomers(): readonly EventListener[] {
    const newcomers = [...this.#newcomers]
    this.#newcomers.clear()
    return newcomers
  }

  #add(handlers: ListenerSet<ChannelEvent>, listener: EventListener): () => void {
    this.#newcomers.add(listener)
    const off = handlers.add((event) => listener.hear(event))
    return () => {
      off()
      listener.end()
      this.#newcomers.delete(listener)
    }
  }
}
