import type { Hub } from '@coterie/server'
import type { StreamEvent } from '../oracles/judge-streams.ts'

/** Reads one stream of server-sent events, as a browser does. */
export class EventStreamReader {
  /** The `id` of the last event; what a browser says when it connects again. */
  lastId: string | undefined
  hasEnded = false
  readonly #onEvent: (event: StreamEvent) => void
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #text = ''

  constructor(onEvent: (event: StreamEvent) => void) {
    this.#onEvent = onEvent
  }

  /** Opens the stream; returns the status of the answer. */
  async open(hub: Hub, url: string, headers: Record<string, string>): Promise<number> {
    const response = await hub.fetch(new Request(url, { headers }))
    if (response.status !== 200 || !response.body) return response.status
    this.#reader = response.body.getReader()
    void this.#readAll(this.#reader)
    return response.status
  }

  /** Leaves it, as one whose network is gone. */
  cut(): void {
    this.hasEnded = true
    void this.#reader?.cancel()
  }

  async #readAll(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done || this.hasEnded) break
        this.#take(decoder.decode(value, { stream: true }))
      }
    } catch {
      // The hub has ended it.
    }
    this.hasEnded = true
  }

  #take(text: string): void {
    this.#text += text
    for (let end = this.#text.indexOf('\n\n'); end !== -1; end = this.#text.indexOf('\n\n')) {
      const block = this.#text.slice(0, end)
      this.#text = this.#text.slice(end + 2)
      this.#dispatch(block.split('\n'))
    }
  }

  #dispatch(lines: readonly string[]): void {
    const field = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
    const id = field('id')
    if (id !== undefined) this.lastId = id
    const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6))
    const type = field('event')
    if (type !== undefined) this.#onEvent({ type, data: JSON.parse(data.join('\n')) })
  }
}
