import { type Channel, type Client, createClient, type Signal } from '@coterie/client'
import { onTestFinished } from 'vitest'

/** Connects the client package as it comes, for as long as the current test runs. */
export function connectUser(url: string, token: string): Client {
  // Shorter waits than those meant for crowds.
  const client = createClient({ url, token, reconnectDelayMs: 20, maxReconnectDelayMs: 200 })
  onTestFinished(() => client.disconnect())
  client.connect()
  return client
}

/** Resolves when a signal has a value that is wanted. */
export function becomes<T>(signal: Signal<T>, isWanted: (value: T) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!isWanted(signal())) return
      stop()
      resolve()
    }
    const stop = signal.subscribe(check)
    check()
  })
}

/** One who keeps publishing, and one who keeps listening, for an oracle to judge. */
export class Conversation {
  readonly attempted = new Set<string>()
  readonly acknowledged = new Set<string>()
  readonly received: string[] = []
  #onReceived = (): void => {}

  /** Notes all that a channel gives from now on. */
  listen(channel: Channel): void {
    channel.onAny(({ id }) => {
      this.received.push(id)
      this.#onReceived()
    })
  }

  /** Publishes one event after another, each once the one before was acknowledged. */
  async publish(channel: Channel, name: string, count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      const messageId = `${name}-${number}`
      this.attempted.add(messageId)
      await channel.publish('e', number, { messageId })
      this.acknowledged.add(messageId)
    }
  }

  /** Resolves when so many different events were received. */
  async reached(count: number): Promise<void> {
    while (new Set(this.received).size < count) {
      await new Promise<void>((resolve) => {
        this.#onReceived = resolve
      })
    }
  }

  /** What an oracle asks for; the log is read through a channel. */
  async evidence(channel: Channel) {
    const { events } = await channel.history({ limit: 1_000 })
    const { attempted, acknowledged, received } = this
    return { attempted, acknowledged, received, log: events.map(({ id }): string => id) }
  }
}
