import type { PresenceEntry } from '@coterie/protocol'
import type { ClientClock } from '../connection/environment.ts'

/** Users seen before the server restarted, who may come back. */
export class ReturningUsers {
  readonly #clock: ClientClock
  readonly #onOver: (userIds: ReadonlySet<string>) => void
  #awaited = new Set<string>()
  #cancel: (() => void) | undefined

  /** @param onOver called with the users who did not come back in time */
  constructor(clock: ClientClock, onOver: (userIds: ReadonlySet<string>) => void) {
    this.#clock = clock
    this.#onOver = onOver
  }

  /** Waits for seen users who are not present; replaces any earlier wait. */
  begin(seen: readonly PresenceEntry[], present: readonly PresenceEntry[], ms: number): void {
    this.end()
    const there = new Set<string>(present.map(({ user_id }) => user_id))
    this.#awaited = new Set(seen.map(({ user_id }) => user_id).filter((id) => !there.has(id)))
    if (this.#awaited.size === 0) return
    this.#cancel = this.#clock.setTimer(() => {
      const missing = this.#awaited
      this.end()
      if (missing.size > 0) this.#onOver(missing)
    }, ms)
  }

  /** Notes that the server reported a user. */
  came(userId: string): void {
    this.#awaited.delete(userId)
  }

  /** Stops waiting. */
  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#awaited = new Set()
  }
}
