import { RealtimeError, type Result } from '@coterie/protocol'
import { mayRetry } from '../connection/retry.ts'
import type { ChannelHost } from './channel-host.ts'

/** What waits in a queue. */
export interface QueueItem {
  /** The first time that it was sent and may have arrived, where that matters. */
  attempt?: object | undefined
  /** Told when the queue gives the item up. */
  reject(error: RealtimeError): void
}

/**
 * Makes the function that takes the answer to what was sent out of the one that
 * settles it, which is told a definite answer only, and returns `again` to have
 * it sent again at once. An answer that comes after a cut is ignored.
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
  /** The words of the refusal when no place is free; without them no place is needed. */
  readonly fullMessage?: string
  /** True when the first item may be sent at this moment. */
  readonly maySend: () => boolean
  /** True where everything that waits is sent together. @default false */
  readonly sendsAll?: boolean
  /** Sends items once, the only one or all that wait; `take` wraps whoever takes the answer. */
  readonly send: (items: Batch<Item>, take: TakeAnswer) => void
}

/**
 * Sends items in order, each again until the server gave a definite answer.
 *
 * One request at a time: were the next under way already, it would overtake one
 * that has to be sent again.
 */
export class RetryingQueue<Item extends QueueItem> {
  readonly #parts: RetryingQueueParts<Item>
  #items: Item[] = []
  #isSending = false
  // Tells the answer of a link that is gone from the current one's.
  #round = 0
  #failures = 0
  #cancelRetry: (() => void) | undefined

  constructor(parts: RetryingQueueParts<Item>) {
    this.#parts = parts
  }

  /** Everything without a definite answer, what is under way first. */
  get items(): readonly Item[] {
    return this.#items
  }

  /** True where nothing waits, for its turn or for an answer. */
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

  /** Sends what waits, as far as that is allowed. */
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
      // Then it was not taken for certain.
      if (isFirst && result.error.code === 'rate_limited') head.attempt = undefined
      this.#retry(result.error)
    })
  }

  /** Removes items that have their answer, unless they were removed before. */
  remove(answered: readonly Item[]): void {
    for (const item of answered) {
      // Nearly always the first, so that a long queue costs no more than a short one.
      const index = this.#items.indexOf(item)
      if (index !== -1) this.#freePlaces(this.#items.splice(index, 1).length)
    }
  }

  /** Removes and returns everything, as answered by other means. */
  takeAll(): readonly Item[] {
    const items = this.#items
    this.#items = []
    this.#freePlaces(items.length)
    if (this.#cancelRetry) this.#rest()
    return items
  }

  /** Notes that the answer under way will not come: its item is sent again later. */
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
    // Whoever heard of the answer may have cut or ended the queue.
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
