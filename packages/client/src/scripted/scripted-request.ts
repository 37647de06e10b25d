import type { FetchRequest, FetchResponse } from '../connection/environment.ts'
import type { SentFrame } from './scripted-socket.ts'

const encoder = new TextEncoder()

/** A request whose server is a test. */
export class ScriptedRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly response: Promise<FetchResponse>
  /** The frames in the body. */
  readonly frames: readonly SentFrame[]
  readonly bytes: number
  readonly #signal: AbortSignal | undefined
  #resolve: (response: FetchResponse) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined

  constructor(url: string, { method, headers, body, signal }: FetchRequest) {
    this.url = url
    this.method = method
    this.headers = headers
    this.frames = body === undefined ? [] : JSON.parse(body)
    this.bytes = encoder.encode(body ?? '').length
    this.#signal = signal
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    signal?.addEventListener('abort', () => {
      this.fail(signal.reason)
    })
  }

  get isAborted(): boolean {
    return this.#signal?.aborted ?? false
  }

  /** Answers with a whole body. */
  answer(status: number, body: unknown = '', headers: Record<string, string> = {}): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    // The platform's own takes turns of its own to be read, on which no test can wait.
    this.#resolve({ status, headers: new Headers(headers), body: null, text: async () => text })
  }

  /** Answers the frames: each with an empty reply, unless said otherwise. */
  reply(payload: unknown = {}): void {
    this.answer(
      200,
      this.frames.map(({ id }) => ({ type: 'reply', id, payload })),
    )
  }

  /** Begins a stream. */
  open(): void {
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        this.#stream = stream
      },
    })
    this.#resolve(new Response(body))
  }

  /** Sends a piece of the stream. */
  push(text: string): void {
    this.#stream?.enqueue(encoder.encode(text))
  }

  /** Sends a frame over the stream. */
  deliver({ type, ...fields }: { readonly type: string }): void {
    this.push(`event: ${type}\ndata: ${JSON.stringify(fields)}\n\n`)
  }

  /** Begins a stream with the first frame of every connection. */
  welcome(fields: Readonly<Record<string, unknown>> = {}): void {
    this.open()
    this.push('retry: 3000\n\n')
    this.deliver({
      type: 'connection',
      connection_id: 'c-9',
      session: 's-9',
      user_id: 'ada',
      protocol: 1,
      ping_interval_ms: 25_000,
      ...fields,
    } as { type: string })
  }

  /** Ends the stream. */
  end(): void {
    this.#stream?.close()
  }

  /** Breaks the request, or its stream, as the network would. */
  fail(error: unknown = new TypeError('network error')): void {
    this.#reject(error)
    this.#stream?.error(error)
  }
}
