import type { Taker } from './limits/unread-answers.ts'
import type { OutgoingFrame } from './outgoing-frame.ts'
import type { Responder } from './responder.ts'

/** Collects the answers to client frames that arrived together. */
export class BatchResponder implements Responder, Taker {
  readonly #answers: string[] = []
  readonly #done = Promise.withResolvers<void>()
  #pending: number
  #bytes = 0

  /** @param count how many frames arrived together */
  constructor(count: number) {
    this.#pending = count
    if (count === 0) this.#done.resolve()
  }

  /** Bytes of the answers so far: none is sent before all are there. */
  get untakenBytes(): number {
    return this.#bytes
  }

  taken(): Promise<void> {
    return this.#done.promise
  }

  answer(frame: OutgoingFrame): void {
    const { text } = frame
    this.#answers.push(text)
    this.#bytes += Buffer.byteLength(text)
  }

  settled(): void {
    this.#pending -= 1
    if (this.#pending === 0) this.#done.resolve()
  }

  /** Resolves to the answers as a JSON array once all frames are handled. */
  async finished(): Promise<string> {
    await this.#done.promise
    return `[${this.#answers.join(',')}]`
  }
}
