import { type PublishFrame, type PublishReply, RealtimeError } from '@coterie/protocol'
import type { ChannelHost } from './channel-host.ts'
import { mayRetry } from './retry.ts'

interface QueuedPublish {
  readonly frame: PublishFrame
  readonly resolve: (reply: PublishReply) => void
  readonly reject: (error: RealtimeError) => void
}

/**
 * Publishes to one channel in order, each until the server gave a definite answer.
 *
 * One at a time: were the next under way already, it would overtake one that
 * has to be sent again.
 */
export class PublishQueue {
  readonly #host: ChannelHost
  readonly #mayContinue: () => boolean
  #queue: QueuedPublish[] = []
  #isSending = false
  // Tells the answer of a link that is gone from the current one's.
  #round = 0
  #failures = 0
  #cancelRetry: (() => void) | undefined

  /** @param mayContinue tells whether the channel takes publishes at this moment */
  constructor(host: ChannelHost, mayContinue: () => boolean) {
    this.#host = host
    this.#mayContinue = mayContinue
  }

  /** Queues a publish; settles with the server's answer, or when the client ends. */
  push(frame: PublishFrame): Promise<PublishReply> {
    return new Promise((resolve, reject) => {
      if (this.#host.hasEnded) return reject(new RealtimeError('unavailable', 'not connected'))
      if (!this.#host.takePublishSlot()) {
        return reject(new RealtimeError('limit_exceeded', 'too many publishes wait for an answer'))
      }
      this.#queue.push({ frame, resolve, reject })
      this.flush()
    })
  }

  /** Sends what waits, as far as the channel allows. */
  flush(): void {
    const [head] = this.#queue
    if (!head || this.#isSending || !this.#mayContinue()) return
    this.#isSending = true
    const round = this.#round
    this.#host.request(head.frame, (result) => {
      if (round !== this.#round) return
      if (result.ok) this.#settle(() => head.resolve(result.value as PublishReply))
      else if (!mayRetry(result.error)) this.#settle(() => head.reject(result.error))
      else this.#retry(result.error)
    })
  }

  /** Notes that the answer under way will not come: its frame is sent again later. */
  cut(): void {
    this.#round += 1
    this.#isSending = false
    this.#failures = 0
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
  }

  /** Rejects everything that waits. */
  end(error: RealtimeError): void {
    this.cut()
    const queue = this.#queue
    this.#queue = []
    for (const { reject } of queue) {
      this.#host.freePublishSlot()
      reject(error)
    }
  }

  #settle(settle: () => void): void {
    this.#queue.shift()
    this.#host.freePublishSlot()
    this.#isSending = false
    this.#failures = 0
    settle()
    this.flush()
  }

  #retry(error: RealtimeError): void {
    this.#cancelRetry = this.#host.retry(error, this.#failures, () => {
      this.#isSending = false
      this.flush()
    })
    this.#failures += 1
  }
}
