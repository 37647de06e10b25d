import { splitJsonArray } from '@coterie/protocol'
import type { ClientEnvironment } from './environment.ts'

const MAX_BATCH_FRAMES = 50
const MAX_BATCH_BYTES = 65_536
/** A batch waits for its slowest frame; by then the requests have settled with `timeout`. */
const TIMEOUT_FACTOR = 1.5

const encoder = new TextEncoder()

/** What an uplink reports to its owner. */
export interface UplinkEvents {
  /** The text of an answer frame of the server. */
  onAnswer(text: string): void
  /** A batch got no answer: its outcome is unknown, so nothing more is sent. */
  onFailed(reason: string): void
}

/**
 * Sends the frames of an SSE connection in batches, one request at a time.
 *
 * With two requests under way, the second could arrive first.
 */
export class SseUplink {
  readonly #url: string
  readonly #environment: ClientEnvironment
  readonly #timeoutMs: number
  readonly #events: UplinkEvents
  readonly #abort = new AbortController()
  #session: string | undefined
  #waiting: string[] = []
  #isSending = false
  #whenIdle: (() => void) | undefined

  constructor(
    url: string,
    replyTimeoutMs: number,
    environment: ClientEnvironment,
    events: UplinkEvents,
  ) {
    this.#url = url
    this.#environment = environment
    this.#timeoutMs = TIMEOUT_FACTOR * replyTimeoutMs
    this.#events = events
  }

  /** Starts sending; frames that wait are sent first. */
  open(session: string): void {
    this.#session = session
    this.#start()
  }

  /** Sends a frame, after all earlier ones. */
  push(text: string): void {
    this.#waiting.push(text)
    this.#start()
  }

  /** Calls back once all frames were sent and answered, or cannot be. */
  finish(run: () => void): void {
    if (this.#isSending) this.#whenIdle = run
    else run()
  }

  /** Abandons everything. */
  close(): void {
    this.#waiting = []
    this.#abort.abort()
  }

  #start(): void {
    if (this.#session === undefined || this.#isSending || this.#waiting.length === 0) return
    this.#isSending = true
    void this.#send(this.#session)
  }

  async #send(session: string): Promise<void> {
    try {
      // Frames that are sent in the same turn share a request.
      await null
      while (this.#waiting.length > 0) {
        for (const answer of await this.#post(session, this.#takeBatch())) {
          this.#events.onAnswer(answer)
        }
      }
      this.#isSending = false
    } catch (error) {
      this.#events.onFailed((error as Error).message)
    }
    this.#whenIdle?.()
  }

  #takeBatch(): readonly string[] {
    let bytes = 2
    let count = 0
    for (const text of this.#waiting.slice(0, MAX_BATCH_FRAMES)) {
      bytes += encoder.encode(text).length + 1
      if (count > 0 && bytes > MAX_BATCH_BYTES) break
      count += 1
    }
    return this.#waiting.splice(0, count)
  }

  async #post(session: string, batch: readonly string[]): Promise<readonly string[]> {
    const { signal } = this.#abort
    const stopTimer = this.#environment.clock.setTimer(() => {
      this.#abort.abort(new Error(`no answer to the frames within ${this.#timeoutMs} ms`))
    }, this.#timeoutMs)
    try {
      const response = await this.#environment.fetch(this.#url, {
        method: 'POST',
        headers: { authorization: `Session ${session}`, 'content-type': 'application/json' },
        body: `[${batch.join(',')}]`,
        signal,
      })
      const answers = response.status === 200 ? splitJsonArray(await response.text()) : undefined
      if (!answers) throw new Error(`the frames were answered with HTTP ${response.status}`)
      return answers
    } finally {
      stopTimer()
    }
  }
}
