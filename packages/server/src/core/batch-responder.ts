import type { OutgoingFrame } from './outgoing-frame.ts'
import type { Responder } from './responder.ts'

/** Collects the answers to a number of client frames that came together. */
export class BatchResponder implements Responder {
  readonly #answers: OutgoingFrame[] = []
  readonly #done = Promise.withResolvers<void>()
  #pending: number

  /** @param count the frames that came together */
  constructor(count: number) {
    this.#pending = count
    if (count === 0) this.#done.resolve()
  }

  answer(frame: OutgoingFrame): void {
    this.#answers.push(frame)
  }

  settled(): void {
    this.#pending -= 1
    if (this.#pending === 0) this.#done.resolve()
  }

  /** Resolves when all frames are done with, to their answers as the text of a JSON array. */
  async finished(): Promise<string> {
    await this.#done.promise
    return `[${this.#answers.map(({ text }) => text).join(',')}]`
  }
}
