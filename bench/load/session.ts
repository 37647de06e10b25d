import { DELIVERY_MARK } from '../peers/payload.ts'
import type { Dialect } from './dialect.ts'
import type { LatencySamples } from './latency.ts'
import { WebSocketClient } from './web-socket-client.ts'

const MARK = DELIVERY_MARK.charCodeAt(0)

/** What a session tells of what comes. */
export interface SessionListener {
  /** Called with the number of events that came in one text. */
  onDeliveries?(count: number): void
  /** Takes every other text; false passes it to the waiting caller. */
  onControl?(data: Buffer, start: number, end: number): boolean
  onRead?(): void
}

/** One client of a server, in the server's own dialect. */
export class Session {
  readonly client: WebSocketClient
  readonly dialect: Dialect
  /** Events that came. */
  deliveries = 0
  keepsLast = false
  latency: LatencySamples | undefined
  listener: SessionListener = {}
  readonly #controls: string[] = []
  #lastDelivery: Buffer | undefined
  #wake: PromiseWithResolvers<void> | undefined
  #ended: string | undefined

  constructor(port: number, dialect: Dialect) {
    this.dialect = dialect
    this.client = new WebSocketClient(port, dialect.path, {
      onText: (data, start, end) => this.#receive(data, start, end),
      onRead: () => this.listener.onRead?.(),
      onEnd: (reason) => {
        this.#ended = reason
        this.#wake?.resolve()
      },
    })
  }

  /** The text of the newest event, where it is kept. */
  get lastDelivery(): string {
    return this.#lastDelivery?.toString('utf8') ?? ''
  }

  /** Why the connection is over; undefined while it is not. */
  get ended(): string | undefined {
    return this.#ended
  }

  /** Resolves with the next text that is not an event and has this prefix. */
  async control(beginning: string): Promise<string> {
    for (;;) {
      for (let text = this.#controls.shift(); text !== undefined; text = this.#controls.shift()) {
        if (text.startsWith(beginning)) return text
        if (this.dialect.isRefusal(text)) throw new Error(`the server refused: ${text}`)
      }
      if (this.#ended !== undefined) throw new Error(this.#ended)
      this.#wake = Promise.withResolvers()
      await this.#wake.promise
    }
  }

  #receive(data: Buffer, start: number, end: number): void {
    let mark = data.indexOf(MARK, start)
    if (mark === -1 || mark >= end) {
      this.#control(data, start, end)
      return
    }
    if (this.keepsLast) this.#lastDelivery = data.subarray(start, end)
    // A reply to a resume carries many events, and anything else one.
    let count = 0
    while (mark !== -1 && mark < end) {
      count += 1
      this.latency?.add(data, mark + 1)
      mark = data.indexOf(MARK, mark + 1)
    }
    this.deliveries += count
    this.listener.onDeliveries?.(count)
  }

  #control(data: Buffer, start: number, end: number): void {
    if (this.listener.onControl?.(data, start, end)) return
    const text = data.toString('utf8', start, end)
    const answer = this.dialect.answerToPing(text)
    if (answer !== undefined) {
      this.client.send(answer)
      return
    }
    this.#controls.push(text)
    this.#wake?.resolve()
  }
}
