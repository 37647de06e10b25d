import type { Interest } from '../../core/interest.ts'
import type { Engine } from '../../ports/engine.ts'
import type { UntilDone } from './until-done.ts'

/** The topics that the engine brings to this node for stored subscriptions. */
export class TopicInterest {
  readonly #interest: Interest
  readonly #untilDone: UntilDone
  readonly #isNeeded: boolean
  /** When nothing of a topic can be missed any more. */
  readonly #joined = new Map<string, Promise<void>>()

  constructor(interest: Interest, { capabilities }: Engine, untilDone: UntilDone) {
    this.#interest = interest
    this.#untilDone = untilDone
    // An engine within one process brings everything to everybody.
    this.#isNeeded = capabilities.clustered
  }

  /** Notes whether a topic is wanted. */
  set(topic: string, isWanted: boolean): void {
    if (!this.#isNeeded || isWanted === this.#joined.has(topic)) return
    if (isWanted) {
      this.#joined.set(topic, this.#join(topic))
    } else {
      this.#joined.delete(topic)
      this.#interest.unpin(topic)
    }
  }

  /** Resolves when nothing of a topic can be missed, or joining it has failed and is tried again. */
  async joined(topic: string): Promise<void> {
    await this.#joined.get(topic)
  }

  #join(topic: string): Promise<void> {
    const pinned = this.#interest.pin(topic)
    let attempt: Promise<void> | undefined = pinned
    return this.#untilDone.run('stored subscriptions miss what happens in a channel', async () => {
      const first = attempt
      attempt = undefined
      if (first) return first
      if (!this.#joined.has(topic)) return
      this.#interest.unpin(topic)
      await this.#interest.pin(topic)
    })
  }
}
