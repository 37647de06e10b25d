import { connect, type Socket } from 'node:net'
import { DELIVERY_MARK, TIME_DIGITS } from '../peers/payload.ts'
import type { Receiver } from './arrivals.ts'
import type { LatencySamples } from './latency.ts'

const MARK = DELIVERY_MARK.charCodeAt(0)
const HEAD_END = '\r\n\r\n'

/** A stream of server-sent events that counts them without reading them. */
export class EventStream implements Receiver {
  deliveries = 0
  ended: string | undefined
  latency: LatencySamples | undefined
  onDeliveries: ((count: number) => void) | undefined
  readonly #socket: Socket
  readonly #opened = Promise.withResolvers<number>()
  #head: string | undefined = ''

  constructor(port: number, path: string) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`,
    )
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk))
    this.#socket.on('error', (error) => this.#end(error.message))
    this.#socket.on('close', () => this.#end('the server closed the stream'))
  }

  /** Resolves with the status of the answer. */
  status(): Promise<number> {
    return this.#opened.promise
  }

  #read(chunk: Buffer): void {
    if (this.#head === undefined) {
      this.#count(chunk)
      return
    }
    this.#head += chunk.toString('latin1')
    const end = this.#head.indexOf(HEAD_END)
    if (end === -1) return
    const status = Number(this.#head.split(' ', 2)[1])
    const rest = Buffer.from(this.#head.slice(end + HEAD_END.length), 'latin1')
    this.#head = undefined
    this.#opened.resolve(status)
    this.#count(rest)
  }

  // The mark is one byte and stands in nothing else, so it does not matter how
  // the bytes were cut; only a time may be, and is then not sampled.
  #count(chunk: Buffer): void {
    let found = 0
    for (let mark = chunk.indexOf(MARK); mark !== -1; mark = chunk.indexOf(MARK, mark + 1)) {
      found += 1
      if (chunk.length - mark > TIME_DIGITS) this.latency?.add(chunk, mark + 1)
    }
    this.deliveries += found
    if (found > 0) this.onDeliveries?.(found)
  }

  #end(reason: string): void {
    this.ended ??= reason
    this.#opened.reject(new Error(reason))
  }
}
