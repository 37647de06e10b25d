/** One event of a `text/event-stream`. */
export interface StreamEvent {
  /** `message` where the stream names none. */
  readonly event: string
  readonly data: string
  /** The last `id` that the stream gave, with this event or before; `''` when none. */
  readonly id: string
}

const LINE_END = /\r\n?|\n/g
const DIGITS = /^[0-9]+$/

/**
 * Reads a `text/event-stream`, however its bytes are cut into chunks.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventStreamReader {
  // It drops the byte order mark, and puts characters together that a chunk cut apart.
  readonly #decoder = new TextDecoder()
  #line = ''
  // The line feed that may follow belongs to the carriage return already taken.
  #endedWithReturn = false
  #event = ''
  #data: string[] = []
  #id = ''
  #retryMs: number | undefined

  /** The wait before a reconnect that the stream asked for, in ms; undefined when it did not. */
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
      // A comment is a field without a name, which nobody knows.
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
    // An event without data is none, but an empty `data` line is data.
    if (data.length === 0) return
    events.push({ event: event || 'message', data: data.join('\n'), id: this.#id })
  }
}
