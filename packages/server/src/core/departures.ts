import type { Clock } from '../ports/clock.ts'

/** What a connection has left behind in a channel, until its time is over. */
export interface Departure<Value> {
  readonly connectionId: string
  readonly value: Value
}

interface Waiting<Value> extends Departure<Value> {
  readonly cancel: () => void
}

/**
 * Keeps what closed connections leave behind, so that a user who comes back in
 * time takes it over and nobody sees a change.
 */
export class Departures<Value> {
  readonly #clock: Pick<Clock, 'setTimer'>
  readonly #graceMs: number
  readonly #onOver: (channel: string, departure: Departure<Value>) => void
  /** By channel, and by user: a crowd that comes back at once must not be searched for each. */
  readonly #waiting = new Map<string, Map<string, Waiting<Value>[]>>()

  /**
   * @param graceMs how long a user may take to come back, in ms
   * @param onOver told of those who did not
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

  /** Begins the time of a connection that has closed. */
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

  /** Hands over what a user has left behind; its time no longer runs. */
  take(channel: string, userId: string): readonly Departure<Value>[] {
    const taken = this.#waiting.get(channel)?.get(userId) ?? []
    for (const { cancel } of taken) cancel()
    this.#forget(channel, userId)
    return taken
  }

  /** Tells of nobody any more. */
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
