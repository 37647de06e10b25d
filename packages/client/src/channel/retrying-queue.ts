import { RealtimeError, type Result } from '@coterie/protocol'
import { mayRetry } from '../connection/retry.ts'
import type { ChannelHost } from './channel-host.ts'

/** What waits in a queue. */
export interface QueueItem {
  /** The first time that it was sent and may have arrived, where that matters. */
  attempt?: object | undefined
  /** Called when the queue gives the item up. */
  reject(error: RealtimeError): void
}

/**
 * Makes the callback for the answer to a sent item from the function that settles
 * it. That function receives definite answers only, and returns `again` to resend
 * at once. An answer that arrives after a disconnect is ignored.
 */
export type TakeAnswer = <Answer>(
  settle: (result: Result<Answer>) => unknown,
) => (result: Result<Answer>) => void

/** Items that are sent together. */
export type Batch<Item> = readonly [Item, ...Item[]]

/** What a retrying queue works with. */
export interface RetryingQueueParts<Item extends QueueItem> {
  readonly host: Pick<
    ChannelHost,
    'retry' | 'hasEnded' | 'createAbsenceError' | 'takePublishSlot' | 'freePublishSlots'
  >
  /** Message of the error when no slot is free; without it no slot is needed. */
  readonly fullMessage?: string
  /** True when the first item may be sent now. */
  readonly maySend: () => boolean
  /** True when all waiting items are sent together. @default false */
  readonly sendsAll?: boolean
  /** Sends the first item or all waiting items once; `take` wraps the answer's callback. */
  readonly send: (items: Batch<Item>, take: TakeAnswer) => void
}

/**
 * Sends items in order, each one repeatedly until the server gives a definite answer.
 *
 * One request at a time: a second one under way would overtake a first
 * one that has to be resent.
 */
export class RetryingQueue<Item extends QueueItem> {
  readonly #parts: RetryingQueueParts<Item>
  #items: Item[] = []
  #isSending = false
  // Tells answers of an earlier link from those of the current one.
  #round = 0
  #failures = 0
  #cancelRetry: (() => void) | undefined

  constructor(parts: RetryingQueueParts<Item>) {
    this.#parts = parts
  }

  /** All items without a definite answer, those under way first. */
  get items(): readonly Item[] {
    return this.#items
  }

  /** True when no item waits for its turn or for an answer. */
  get isIdle(): boolean {
    return this.#items.length === 0 && !this.#isSending
  }

  /** Adds an item, which `flush` sends; false when it is rejected at once. */
  push(item: Item): boolean {
    const { host, fullMessage } = this.#parts
    if (host.hasEnded) item.reject(host.createAbsenceError())
    else if (fullMessage !== undefined && !host.takePublishSlot()) {
      item.reject(new RealtimeError('limit_exceeded', fullMessage))
    } else {
      this.#items.push(item)
      return true
    }
    return false
  }

  /** Sends waiting items, as far as that is allowed. */
  flush(): void {
    const [head] = this.#items
    if (!head || this.#isSending || !this.#parts.maySend()) return
    this.#isSending = true
    const batch: Batch<Item> = this.#parts.sendsAll ? [head, ...this.#items.slice(1)] : [head]
    const round = this.#round
    const isFirst = head.attempt === undefined
    this.#parts.send(batch, (settle) => (result) => {
      if (round !== this.#round) return
      if (result.ok || !mayRetry(result.error)) {
        this.#settled(batch, settle(result) === 'again', round)
        return
      }
      // A rate-limited item was certainly not handled.
      if (isFirst && result.error.code === 'rate_limited') head.attempt = undefined
      this.#retry(result.error)
    })
  }

  /** Removes answered items, unless they were removed before. */
  remove(answered: readonly Item[]): void {
    for (const item of answered) {
      // The item is almost always the first, so this is fast for queues of any length.
      const index = this.#items.indexOf(item)
      if (index !== -1) this.#freePlaces(this.#items.splice(index, 1).length)
    }
  }

  /** Removes and returns all items, as answered in another way. */
  takeAll(): readonly Item[] {
    const items = this.#items
    this.#items = []
    this.#freePlaces(items.length)
    if (this.#cancelRetry) this.#rest()
    return items
  }

  /** Notes that the pending answer will not arrive: its item is resent later. */
  cut(): void {
    this.#round += 1
    this.#rest()
  }

  /** Rejects everything. */
  end(error: RealtimeError): void {
    this.cut()
    for (const item of this.takeAll()) item.reject(error)
  }

  #settled(batch: Batch<Item>, isAgain: boolean, round: number): void {
    if (!isAgain) this.remove(batch)
    // A listener to the answer may have cut or ended the queue.
    if (round !== this.#round) return
    if (!isAgain) this.#failures = 0
    this.#isSending = false
    this.flush()
  }

  #retry(error: RealtimeError): void {
    this.#cancelRetry = this.#parts.host.retry(error, this.#failures, () => {
      this.#cancelRetry = undefined
      this.#isSending = false
      this.flush()
    })
    this.#failures += 1
  }

  #rest(): void {
    this.#isSending = false
    this.#failures = 0
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
  }

  #freePlaces(count: number): void {
    const { host, fullMessage } = this.#parts
    if (fullMessage !== undefined) host.freePublishSlots(count)
  }
}
