import type { ChannelEvent, EphemeralFrame, GapFrame, RecoveryFailure } from '@coterie/protocol'
import { ListenerSet } from './listener-set.ts'

/** Why a channel starts afresh. */
export interface ChannelReset {
  readonly reason: RecoveryFailure
}

/** The handlers of one channel, by the name of the event. */
export class ChannelEvents {
  readonly any: ListenerSet<ChannelEvent>
  readonly reset: ListenerSet<ChannelReset>
  readonly gap: ListenerSet<GapFrame>
  readonly ephemeral: ListenerSet<EphemeralFrame>
  readonly #byName = new Map<string, ListenerSet<ChannelEvent>>()
  readonly #report: (error: unknown) => void

  constructor(report: (error: unknown) => void) {
    this.#report = report
    this.any = new ListenerSet(report)
    this.reset = new ListenerSet(report)
    this.gap = new ListenerSet(report)
    this.ephemeral = new ListenerSet(report)
  }

  /** Adds a handler for the events of one name; the returned function takes it back. */
  on(name: string, handler: (event: ChannelEvent) => void): () => void {
    const handlers = this.#byName.get(name) ?? new ListenerSet(this.#report)
    this.#byName.set(name, handlers)
    const off = handlers.add(handler)
    return () => {
      off()
      if (handlers.isEmpty && this.#byName.get(name) === handlers) this.#byName.delete(name)
    }
  }

  /** Hands an event to the handlers of its name, then to those of any. */
  emit(event: ChannelEvent): void {
    this.#byName.get(event.event)?.emit(event)
    this.any.emit(event)
  }
}
