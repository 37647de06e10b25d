/** One event of a `text/event-stream`. */
export interface StreamEvent {
  /** `message` when the stream names no event. */
  readonly event: string
  readonly data: string
  /** The last `id` of the stream, of this event or an earlier one; `''` without one. */
  readonly id: string
}

const LINE_END = /\r\n?|\n/g
const DIGITS = /^[0-9]+$/

/**
 * Parses a `text/event-stream`, whatever the boundaries of its chunks.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventStreamReader {
  // It drops the byte order mark and joins characters that were split between chunks.
  readonly #decoder = new TextDecoder()
  #line = ''
  // A following line feed belongs to the carriage return that was already handled.
  #endedWithReturn = false
  #event = ''
  #data: string[] = []
  #id = ''
  #retryMs: number | undefined

  /** The reconnect delay that the stream asked for, in ms; undefined without one. */
  get retryMs(): number | undefined {
    return this.#retryMs
  }

  /** Takes a chunk and returns the events that it completes. */
  read(chunk: Uint8Array): readonly StreamEvent[] {
    const events: StreamEvent[] = []
    const text = this.#decoder.decode(chunk, { stream: true })
    let start = this.#endedWithReturn && text.startsWith('\n') ? 1 : 0
    if (text !== '') this.#endedWithReturn = text.endsWith('\r')
    LINE_END.lastIndex = start
    for (let end = LINE_END.exec(text); end; end = LINE_END.exec(text)) {
      this.#takeLine(this.#line + text.slice(start, end.index), events)
      this.#line = ''
      start = LINE_END.lastIndex
    }
    this.#line += text.slice(start)
    return events
  }

  #takeLine(line: string, events: StreamEvent[]): void {
    if (line === '') this.#dispatch(events)
    else {
      const colon = line.indexOf(':')
      const name = colon === -1 ? line : line.slice(0, colon)
      const value = colon === -1 ? '' : line.slice(colon + 1)
      // A comment is parsed as a field with an empty name, which is ignored.
      this.#takeField(name, value.startsWith(' ') ? value.slice(1) : value)
    }
  }

  #takeField(name: string, value: string): void {
    if (name === 'event') this.#event = value
    else if (name === 'data') this.#data.push(value)
    else if (name === 'id' && !value.includes('\0')) this.#id = value
    else if (name === 'retry' && DIGITS.test(value)) this.#retryMs = Number(value)
  }

  #dispatch(events: StreamEvent[]): void {
    const [event, data] = [this.#event, this.#data]
    this.#event = ''
    this.#data = []
    // An event without data is not dispatched, but an empty `data` line counts as data.
    if (data.length === 0) return
    events.push({ event: event || 'message', data: data.join('\n'), id: this.#id })
  }
}
