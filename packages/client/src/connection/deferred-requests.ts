import { type ClientFrameInput, err, RealtimeError } from '@coterie/protocol'
import type { ClientClock } from './environment.ts'
import type { Settle } from './requests.ts'

interface DeferredRequest {
  readonly frame: ClientFrameInput
  readonly settle: Settle
  readonly cancelTimer: () => void
}

/** Requests that wait for a connection, for a limited time. */
export class DeferredRequests {
  readonly #clock: ClientClock
  readonly #timeoutMs: number
  readonly #waiting = new Set<DeferredRequest>()

  constructor(clock: ClientClock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Keeps a request; it settles with `timeout` when no connection comes in time. */
  add(frame: ClientFrameInput, settle: Settle): void {
    const cancelTimer = this.#clock.setTimer(() => {
      this.#waiting.delete(request)
      settle(err(new RealtimeError('timeout', `no connection within ${this.#timeoutMs} ms`)))
    }, this.#timeoutMs)
    const request: DeferredRequest = { frame, settle, cancelTimer }
    this.#waiting.add(request)
  }

  /** Removes and returns all waiting requests, in order. */
  take(): readonly DeferredRequest[] {
    const requests = [...this.#waiting]
    this.#waiting.clear()
    for (const { cancelTimer } of requests) cancelTimer()
    return requests
  }
}
