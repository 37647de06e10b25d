import type {
  EphemeralCallback,
  EphemeralEvent,
  RealtimeBackend,
} from '../ports/realtime-backend.ts'
import { decodeEphemeralEvent, encodeEphemeralEvent } from './ephemeral-event.ts'
import { Subscriber } from './subscriber.ts'

/** Events that wait for a callback at most. */
const BUFFER_SIZE = 100

/** Carries ephemeral events within a process. */
export class InMemoryRealtime implements RealtimeBackend {
  readonly #reportError: (error: unknown) => void
  readonly #byChannel = new Map<string, Map<string, Subscriber>>()
  readonly #channelById = new Map<string, string>()
  #lastId = 0
  #malformed = 0
  #isClosed = false

  /** @param reportError takes what callbacks threw; by default it is thrown outside of them */
  constructor(reportError: (error: unknown) => void = throwOutside) {
    this.#reportError = reportError
  }

  get channels(): readonly string[] {
    return [...this.#byChannel.keys()]
  }

  get malformedCount(): number {
    return this.#malformed
  }

  async publish(channel: string, event: EphemeralEvent): Promise<void> {
    if (this.#isClosed) return
    // As text, so that nobody shares an object with whoever published it.
    const text = encodeEphemeralEvent(event)
    for (const subscriber of this.#byChannel.get(channel)?.values() ?? []) subscriber.push(text)
  }

  async subscribe(channel: string, callback: EphemeralCallback): Promise<string> {
    this.#lastId += 1
    const id = String(this.#lastId)
    const subscriber = new Subscriber({
      channelName: channel,
      clientId: id,
      bufferSize: BUFFER_SIZE,
    })
    if (this.#isClosed) return id
    const subscribers = this.#byChannel.get(channel) ?? new Map<string, Subscriber>()
    this.#byChannel.set(channel, subscribers.set(id, subscriber))
    this.#channelById.set(id, channel)
    void this.#deliver(subscriber, callback)
    return id
  }

  async unsubscribe(id: string): Promise<boolean> {
    const channel = this.#channelById.get(id)
    const subscribers = channel === undefined ? undefined : this.#byChannel.get(channel)
    const subscriber = subscribers?.get(id)
    if (channel === undefined || !subscribers || !subscriber) return false
    this.#channelById.delete(id)
    subscribers.delete(id)
    if (subscribers.size === 0) this.#byChannel.delete(channel)
    subscriber.drain()
    subscriber.end('unsubscribed')
    return true
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const id of [...this.#channelById.keys()]) await this.unsubscribe(id)
  }

  async #deliver(subscriber: Subscriber, callback: EphemeralCallback): Promise<void> {
    for await (const text of subscriber) {
      const event = decodeEphemeralEvent(text)
      if (!event) {
        this.#malformed += 1
        continue
      }
      try {
        await callback(event)
      } catch (error) {
        this.#reportError(error)
      }
    }
  }
}

function throwOutside(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
