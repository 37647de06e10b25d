import type { Clock } from '../../ports/clock.ts'
import { createUnkeptReceipts, type ReadReceipt } from './read-receipts.ts'

/** Told on the nodes of the whole cluster; never rejects. */
export type CarryReceipt = (channel: string, receipt: ReadReceipt) => Promise<void>

interface Window {
  /** The event that each user read last. */
  readonly read: Map<string, string>
  readonly cancel: () => void
}

/** Tells of what users read in channels without history: nothing of it is kept or checked. */
export class UnkeptReads {
  readonly #clock: Clock
  readonly #windowMs: number
  readonly #carry: CarryReceipt
  readonly #windows = new Map<string, Window>()

  /** @param windowMs how long what is read is collected, in ms */
  constructor(clock: Clock, windowMs: number, carry: CarryReceipt) {
    this.#clock = clock
    this.#windowMs = windowMs
    this.#carry = carry
  }

  /** Notes that a user has read up to an event. */
  add(channel: string, userId: string, eventId: string): void {
    const { read } = this.#windowOf(channel)
    // Taken out first, so that the order is that of the last to read.
    read.delete(userId)
    read.set(userId, eventId)
  }

  /** Tells nothing more. */
  close(): void {
    for (const { cancel } of this.#windows.values()) cancel()
    this.#windows.clear()
  }

  #windowOf(channel: string): Window {
    const known = this.#windows.get(channel)
    if (known) return known
    const cancel = this.#clock.setTimer(() => this.#tell(channel), this.#windowMs)
    const window: Window = { read: new Map(), cancel }
    this.#windows.set(channel, window)
    return window
  }

  #tell(channel: string): void {
    const window = this.#windows.get(channel)
    this.#windows.delete(channel)
    for (const receipt of createUnkeptReceipts(window?.read ?? new Map())) {
      void this.#carry(channel, receipt)
    }
  }
}
