import type { PresenceEntry } from '@coterie/protocol'
import type { ClientClock } from '../connection/environment.ts'

/** Users who were seen before the server began anew, and may be on the way back. */
export class ReturningUsers {
  readonly #clock: ClientClock
  readonly #onOver: (userIds: ReadonlySet<string>) => void
  #awaited = new Set<string>()
  #cancel: (() => void) | undefined

  /** @param onOver told of those who did not come back in time */
  constructor(clock: ClientClock, onOver: (userIds: ReadonlySet<string>) => void) {
    this.#clock = clock
    this.#onOver = onOver
  }

  /** Awaits those who were seen and are not there, in place of whoever was awaited before. */
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

  /** Notes that the server has told of a user. */
  came(userId: string): void {
    this.#awaited.delete(userId)
  }

  /** Awaits nobody any more. */
  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#awaited = new Set()
  }
}
