import { CLOSE_CODES } from '@coterie/protocol'
import { deriveSseEndpoints } from './endpoint.ts'
import type { ClientEnvironment, FetchResponse, SocketLike } from './environment.ts'
import { EventStreamReader, type StreamEvent } from './event-stream.ts'
import { isRecord, parseJson } from './frame-reader.ts'
import { SseUplink } from './sse-uplink.ts'

const NORMAL_CLOSURE = 1000
const ABNORMAL_CLOSURE = 1006
const TRY_AGAIN_LATER = 1013

interface Closing {
  readonly code: number
  readonly reason: string
}

/** A socket over SSE: a stream for incoming frames, requests for outgoing ones. */
export class SseSocket implements SocketLike {
  onmessage: SocketLike['onmessage'] = null
  onclose: SocketLike['onclose'] = null
  onerror: SocketLike['onerror'] = null
  // Answers arrive over separate requests, so they do not show that the stream lives.
  onlife: (() => void) | null = null

  readonly #abort = new AbortController()
  readonly #uplink: SseUplink
  #isOpen = true

  /** @param url the WebSocket endpoint, from which the SSE addresses are derived */
  constructor(url: string, replyTimeoutMs: number, environment: ClientEnvironment) {
    const { events, frames } = deriveSseEndpoints(url)
    this.#uplink = new SseUplink(frames, replyTimeoutMs, environment, {
      onAnswer: (text) => this.#emit(text),
      onFailed: (reason) => this.#end({ code: ABNORMAL_CLOSURE, reason }),
    })
    void this.#listen(events, environment)
  }

  send(text: string): void {
    if (this.#isOpen) this.#uplink.push(text)
  }

  close(code = NORMAL_CLOSURE): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    // The last frames belong to this connection, so it stays open until they were handled.
    if (code === NORMAL_CLOSURE) this.#uplink.finish(() => this.#release())
    else this.#release()
  }

  async #listen(url: string, environment: ClientEnvironment): Promise<void> {
    try {
      // The owner sets its handlers only after the constructor returns.
      await null
      const response = await environment.fetch(url, {
        method: 'GET',
        headers: { accept: 'text/event-stream' },
        signal: this.#abort.signal,
      })
      const { status, body } = response
      if (status === 200 && body) await this.#read(body.getReader())
      else this.#end(await closingOf(response))
    } catch {
      // A broken stream has ended, like any other.
    }
    this.#end({ code: ABNORMAL_CLOSURE, reason: 'the event stream ended' })
  }

  async #read(source: ReturnType<NonNullable<FetchResponse['body']>['getReader']>): Promise<void> {
    const reader = new EventStreamReader()
    while (this.#isOpen) {
      const { done, value } = await source.read()
      if (done) return
      // Comments count too: the server sends them to show that it is alive.
      if (this.#isOpen) this.onlife?.()
      for (const event of value ? reader.read(value) : []) this.#take(event)
    }
  }

  #take({ event, data }: StreamEvent): void {
    if (event === 'close') {
      this.#end(readClosing(data))
      return
    }
    if (event === 'connection') {
      const connection = parseJson(data)
      if (isRecord(connection)) this.#uplink.open(String(connection.session))
    }
    this.#emit(frameOf(event, data))
  }

  #emit(data: string): void {
    if (this.#isOpen) this.onmessage?.({ data })
  }

  #end(closing: Closing): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#release()
    this.onclose?.(closing)
  }

  #release(): void {
    this.#uplink.close()
    this.#abort.abort()
  }
}

// Concatenated as text, because all frames are parsed in one place. With two members of one
// name the last wins: the application's own events may have a `type` in their data.
function frameOf(type: string, data: string): string {
  const fields = data.trimEnd().slice(0, -1).trimEnd()
  return `${fields}${fields.endsWith('{') ? '' : ','}"type":${JSON.stringify(type)}}`
}

function readClosing(data: string): Closing {
  const closing = parseJson(data)
  const { code, reason } = isRecord(closing) ? closing : {}
  return {
    code: typeof code === 'number' ? code : ABNORMAL_CLOSURE,
    reason: typeof reason === 'string' ? reason : '',
  }
}

async function closingOf(response: FetchResponse): Promise<Closing> {
  const { status, headers } = response
  const reason =
    (await readRefusal(response)) ?? `the event stream could not be opened: HTTP ${status}`
  if (status === 401) return { code: CLOSE_CODES.unauthenticated, reason }
  if (status === 403) return { code: CLOSE_CODES.refused, reason }
  if (status !== 429 && status !== 503) return { code: ABNORMAL_CLOSURE, reason }
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return {
    code: TRY_AGAIN_LATER,
    reason: Number.isNaN(seconds) ? reason : JSON.stringify({ retry_ms: seconds * 1_000 }),
  }
}

// Undefined when a proxy answered, or when the body does not arrive.
async function readRefusal(response: FetchResponse): Promise<string | undefined> {
  if (response.status < 400) return undefined
  const body = parseJson(await response.text().catch(() => ''))
  const error = isRecord(body) && isRecord(body.error) ? body.error : undefined
  return typeof error?.message === 'string' ? error.message : undefined
}
