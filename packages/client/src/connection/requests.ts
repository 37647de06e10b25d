import {
  type ErrorFrame,
  err,
  ok,
  type PongFrame,
  RealtimeError,
  type ReplyFrame,
  type Result,
} from '@coterie/protocol'
import type { ClientClock } from './environment.ts'

/** What the error of an answer that cannot be read says for programs. */
export const UNREADABLE = { reason: 'unreadable' } as const

/** Takes the outcome of a request, exactly once and synchronously. */
export type Settle = (result: Result<unknown>) => void

interface PendingRequest {
  readonly settle: Settle
  cancelTimer?: () => void
}

/**
 * Matches replies to requests by their `id`.
 *
 * Outcomes are passed on in the same turn in which their frame arrives: with a
 * promise, an event behind a reply would be handled before the reply itself.
 */
export class Requests {
  readonly #clock: ClientClock
  readonly #timeoutMs: number
  readonly #pending = new Map<string, PendingRequest>()
  #lastId = 0

  constructor(clock: ClientClock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Registers a request and returns its id. */
  open(settle: Settle): string {
    this.#lastId += 1
    const id = String(this.#lastId)
    this.#pending.set(id, { settle })
    return id
  }

  /** Starts the server's time to answer. */
  sent(id: string): void {
    const request = this.#pending.get(id)
    if (!request) return
    request.cancelTimer = this.#clock.setTimer(() => {
      this.settle(id, err(new RealtimeError('timeout', `no reply within ${this.#timeoutMs} ms`)))
    }, this.#timeoutMs)
  }

  /** Settles the request that a frame answers; false when it answers none. */
  receive(frame: ReplyFrame | ErrorFrame | PongFrame): boolean {
    if (frame.id === undefined) return false
    if (frame.type === 'reply') return this.settle(frame.id, ok(frame.payload))
    if (frame.type === 'pong') return this.settle(frame.id, ok(undefined))
    return this.settle(
      frame.id,
      err(new RealtimeError(frame.code, frame.message, { details: frame.details })),
    )
  }

  /** Settles the request whose answer cannot be read, if there is one: it would wait in vain. */
  unreadable(id: string | undefined): void {
    if (id === undefined) return
    const message = 'the answer of the server cannot be read'
    this.settle(id, err(new RealtimeError('internal', message, { details: UNREADABLE })))
  }

  /** Settles one request; false when it is not open. */
  settle(id: string, result: Result<unknown>): boolean {
    const request = this.#pending.get(id)
    if (!request) return false
    this.#pending.delete(id)
    request.cancelTimer?.()
    request.settle(result)
    return true
  }

  /** Settles every open request with an error. */
  fail(error: RealtimeError): void {
    for (const id of [...this.#pending.keys()]) this.settle(id, err(error))
  }
}
