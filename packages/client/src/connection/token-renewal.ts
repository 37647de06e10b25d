import type { RealtimeError, Result } from '@coterie/protocol'
import type { Backoff } from './backoff.ts'
import { elapsedMsOf } from './elapsed.ts'
import type { ClientClock } from './environment.ts'

/** An expiry notice later than this after the last call concerns another token. */
const SAME_END_MS = 5_000
/** One call for a token, and a second one when the first gave no better token. */
const MAX_CALLS = 2

/** What a renewal does and reports. */
export interface TokenRenewalParts {
  readonly clock: ClientClock
  readonly backoff: Backoff
  /** @throws {RealtimeError} when there is no token */
  fetchToken(): Promise<string>
  /** Authenticates; reports whether the new token lasts longer than the old one. */
  authenticate(token: string, settle: (lasts: Result<boolean>) => void): void
  onFailed(error: RealtimeError): void
}

/**
 * Replaces the token of one link before it ends.
 *
 * A token function may return a stored token, or one that is about to expire as
 * well. It is then called once more, after a pause; after that the link ends with
 * its token, and the next link calls it again.
 */
export class TokenRenewal {
  readonly #parts: TokenRenewalParts
  #calls = 0
  #calledAtMs = Number.NEGATIVE_INFINITY
  #isUnderWay = false
  #isOver = false
  #cancelPause: (() => void) | undefined

  constructor(parts: TokenRenewalParts) {
    this.#parts = parts
  }

  /** Takes the server's notice that the current token expires soon. */
  expiring(): void {
    if (this.#isUnderWay) return
    // An elapsed time that goes backwards must not delay the renewal.
    if (Math.abs(elapsedMsOf(this.#parts.clock) - this.#calledAtMs) >= SAME_END_MS) this.#calls = 0
    this.#next()
  }

  /** Stops the renewal: the link is gone. */
  stop(): void {
    this.#isOver = true
    this.#cancelPause?.()
  }

  #next(): void {
    if (this.#isOver || this.#calls >= MAX_CALLS) return
    this.#isUnderWay = true
    if (this.#calls === 0) {
      void this.#call()
      return
    }
    const { clock, backoff } = this.#parts
    this.#cancelPause = clock.setTimer(() => void this.#call(), backoff(this.#calls))
  }

  async #call(): Promise<void> {
    this.#calls += 1
    this.#calledAtMs = elapsedMsOf(this.#parts.clock)
    const { fetchToken, authenticate } = this.#parts
    try {
      const token = await fetchToken()
      if (this.#isOver) return
      authenticate(token, (lasts) => {
        if (lasts.ok) this.#called(lasts.value)
        else this.#failed(lasts.error)
      })
    } catch (error) {
      this.#failed(error as RealtimeError)
    }
  }

  #called(isDone: boolean): void {
    this.#isUnderWay = false
    if (!isDone) this.#next()
  }

  // Not fatal: the server closes when the token expires, and the next attempt fetches again.
  #failed(error: RealtimeError): void {
    if (this.#isOver) return
    this.#parts.onFailed(error)
    this.#called(false)
  }
}
