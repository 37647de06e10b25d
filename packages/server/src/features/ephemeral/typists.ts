import type { JsonText } from '../../ports/engine.ts'

/** A renewal is sent again after this long, in ms: members who joined since see it. */
const RETELL_MS = 2_000
/** Typing that is overdue by this long has ended without notice, in ms. */
const LATE_MS = 1_000

interface Typist {
  /** When each window was last renewed. */
  readonly renewedAtMs: Map<string, number>
  toldAtMs: number
  data: JsonText
}

/** Who types in the channels of this node, and when that was last sent. */
export class Typists {
  readonly #ttlMs: number
  readonly #byChannel = new Map<string, Map<string, Typist>>()

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs
  }

  /** Notes that a user types in a window; true when that has to be sent. */
  renew(channel: string, userId: string, source: string, data: JsonText, nowMs: number): boolean {
    const typists = this.#byChannel.get(channel) ?? new Map<string, Typist>()
    this.#byChannel.set(channel, typists)
    const typist = typists.get(userId)
    if (!typist) {
      typists.set(userId, { renewedAtMs: new Map([[source, nowMs]]), toldAtMs: nowMs, data })
      return true
    }
    typist.renewedAtMs.set(source, nowMs)
    if (typist.data === data && nowMs - typist.toldAtMs < RETELL_MS) return false
    typist.toldAtMs = nowMs
    typist.data = data
    return true
  }

  /** Notes that a user stopped typing in a window; true when it was the last one. */
  end(channel: string, userId: string, source: string, nowMs: number): boolean {
    const typists = this.#byChannel.get(channel)
    const typist = typists?.get(userId)
    if (!typists || !typist) return false
    typist.renewedAtMs.delete(source)
    for (const [other, renewedAtMs] of typist.renewedAtMs) {
      if (nowMs - renewedAtMs > this.#ttlMs + LATE_MS) typist.renewedAtMs.delete(other)
    }
    if (typist.renewedAtMs.size > 0) return false
    typists.delete(userId)
    if (typists.size === 0) this.#byChannel.delete(channel)
    return true
  }

  /** Returns the windows in which a user types. */
  sources(channel: string, userId: string): Iterable<string> {
    return this.#byChannel.get(channel)?.get(userId)?.renewedAtMs.keys() ?? []
  }

  forget(channel: string): void {
    this.#byChannel.delete(channel)
  }
}
