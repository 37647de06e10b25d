import type { RealtimeError, Result } from '@coterie/protocol'
import type { Backoff } from './backoff.ts'
import { elapsedMsOf } from './elapsed.ts'
import type { ClientClock } from './environment.ts'

/** A token whose end is announced later than this after the last call is another one's end. */
const SAME_END_MS = 5_000
/** The call for a token, and one more where that brought nothing. */
const MAX_CALLS = 2

/** What a renewal does and tells. */
export interface TokenRenewalParts {
  readonly clock: ClientClock
  readonly backoff: Backoff
  /** @throws {RealtimeError} when there is no token */
  fetchToken(): Promise<string>
  /** Authenticates; hands over whether the fresh token lasts longer than the one before. */
  authenticate(token: string, settle: (lasts: Result<boolean>) => void): void
  onFailed(error: RealtimeError): void
}

/**
 * Replaces the token of one link before it ends.
 *
 * A token function may give what it has stored, or tokens that are about to end
 * too. Then it is asked once more, after a pause; after that the link ends with
 * its token, and the next one asks anew.
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

  /** Takes the server's word that the token in use ends soon. */
  expiring(): void {
    if (this.#isUnderWay) return
    // Time that goes backwards is no reason to wait.
    if (Math.abs(elapsedMsOf(this.#parts.clock) - this.#calledAtMs) >= SAME_END_MS) this.#calls = 0
    this.#next()
  }

  /** Asks for nothing more: the link is gone. */
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

  // Not the end: the server closes when the token ends, and the next attempt fetches again.
  #failed(error: RealtimeError): void {
    if (this.#isOver) return
    this.#parts.onFailed(error)
    this.#called(false)
  }
}
