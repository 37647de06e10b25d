import type { Clock } from '../ports/clock.ts'

/** What a connection left behind in a channel, until its grace period ends. */
export interface Departure<Value> {
  readonly connectionId: string
  readonly value: Value
}

interface Waiting<Value> extends Departure<Value> {
  readonly cancel: () => void
}

/**
 * Keeps what closed connections leave behind for a grace period. A user who
 * comes back in time takes it over, and others see no change.
 */
export class Departures<Value> {
  readonly #clock: Pick<Clock, 'setTimer'>
  readonly #graceMs: number
  readonly #onOver: (channel: string, departure: Departure<Value>) => void
  /** By channel and user, so that one user's return does not search all others. */
  readonly #waiting = new Map<string, Map<string, Waiting<Value>[]>>()

  /**
   * @param graceMs how long a user may take to come back, in ms
   * @param onOver called for each departure whose user did not come back
   */
  constructor(
    clock: Pick<Clock, 'setTimer'>,
    graceMs: number,
    onOver: (channel: string, departure: Departure<Value>) => void,
  ) {
    this.#clock = clock
    this.#graceMs = graceMs
    this.#onOver = onOver
  }

  /** Starts the grace period of a closed connection. */
  add(channel: string, userId: string, departure: Departure<Value>): void {
    const ofChannel = this.#waiting.get(channel) ?? new Map<string, Waiting<Value>[]>()
    this.#waiting.set(channel, ofChannel)
    const ofUser = ofChannel.get(userId) ?? []
    ofChannel.set(userId, ofUser)
    const cancel = this.#clock.setTimer(() => {
      this.#remove(channel, userId, waiting)
      this.#onOver(channel, departure)
    }, this.#graceMs)
    const waiting = { ...departure, cancel }
    ofUser.push(waiting)
  }

  /** Returns what a user has left behind, the oldest first. */
  of(channel: string, userId: string): readonly Departure<Value>[] {
    return this.#waiting.get(channel)?.get(userId) ?? []
  }

  /** Hands over what a user has left behind and ends its grace period. */
  take(channel: string, userId: string): readonly Departure<Value>[] {
    const taken = this.#waiting.get(channel)?.get(userId) ?? []
    for (const { cancel } of taken) cancel()
    this.#forget(channel, userId)
    return taken
  }

  /** Ends all grace periods without reporting anybody. */
  stop(): void {
    for (const ofChannel of this.#waiting.values()) {
      for (const ofUser of ofChannel.values()) for (const { cancel } of ofUser) cancel()
    }
    this.#waiting.clear()
  }

  #remove(channel: string, userId: string, waiting: Waiting<Value>): void {
    const ofUser = this.#waiting.get(channel)?.get(userId)
    const index = ofUser?.indexOf(waiting) ?? -1
    if (index !== -1) ofUser?.splice(index, 1)
    if (ofUser?.length === 0) this.#forget(channel, userId)
  }

  #forget(channel: string, userId: string): void {
    const ofChannel = this.#waiting.get(channel)
    ofChannel?.delete(userId)
    if (ofChannel?.size === 0) this.#waiting.delete(channel)
  }
}
