import type { JsonText } from '../../ports/engine.ts'

/** A renewal is told again after this long, so that who joined since sees it, in ms. */
const RETELL_MS = 2_000
/** What is not heard of for so much longer than it lives has ended unheard, in ms. */
const LATE_MS = 1_000

interface Typist {
  /** When each window was last renewed. */
  readonly renewedAtMs: Map<string, number>
  toldAtMs: number
  data: JsonText
}

/** Who types in the channels of this node, and what they were last told of it. */
export class Typists {
  readonly #ttlMs: number
  readonly #byChannel = new Map<string, Map<string, Typist>>()

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs
  }

  /** Notes that a user types in a window; true when that is to be told. */
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

  /** Notes that a user types in a window no more; true when it was the last. */
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
