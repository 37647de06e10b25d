import type { Client } from '../client/client.ts'
import { mayRetry, readWaitMs } from '../connection/retry.ts'

const MAX_PER_FRAME = 500
const RETRY_AFTER_MS = 1_000

/** Acknowledges received notifications: all of one tick in one frame. */
export class Acknowledgements {
  readonly #client: Client
  // Kept until the server has answered, so that a disconnect loses none.
  readonly #waiting = new Set<string>()
  readonly #underWay = new Set<string>()
  #cancelTimer: (() => void) | undefined

  constructor(client: Client) {
    this.#client = client
  }

  /** Acknowledges a notification soon. */
  add(id: string): void {
    if (this.#underWay.has(id)) return
    this.#waiting.add(id)
    this.#sendIn(0)
  }

  /** Sends what waits; called when a connection is there. */
  connected(): void {
    this.#stopTimer()
    if (this.#waiting.size > 0) this.#sendIn(0)
  }

  /** Forgets everything. */
  clear(): void {
    this.#waiting.clear()
    this.#stopTimer()
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #sendIn(delayMs: number): void {
    this.#cancelTimer ??= this.#client.environment.clock.setTimer(() => {
      this.#cancelTimer = undefined
      this.#send()
    }, delayMs)
  }

  #send(): void {
    if (this.#client.status() !== 'connected') return
    const ids = [...this.#waiting].slice(0, MAX_PER_FRAME)
    if (ids.length === 0) return
    for (const id of ids) {
      this.#waiting.delete(id)
      this.#underWay.add(id)
    }
    this.#client.request({ type: 'ack', notifications: ids }, (result) => {
      for (const id of ids) this.#underWay.delete(id)
      if (result.ok || !mayRetry(result.error)) return
      for (const id of ids) this.#waiting.add(id)
      this.#sendIn(readWaitMs(result.error.details?.retry_after_ms) ?? RETRY_AFTER_MS)
    })
    if (this.#waiting.size > 0) this.#sendIn(0)
  }
}
