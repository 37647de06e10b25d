import type { EphemeralFrame } from '@coterie/protocol'
import type { ChannelHost } from './channel-host.ts'
import type { ListenerCount } from './listener-count.ts'
import { createCountedSignal, type Signal, type WritableSignal } from './signal.ts'

/** Who is typing in a channel, and this user's own typing. */
export interface Typing {
  /** Ids of the users who type, each once, without this one, first come first. */
  readonly users: Signal<readonly string[]>
  /** Notes a keystroke; ends by itself 4 s after the last one. */
  start(): void
  /** Ends typing at once, as when a message was sent or the field was emptied. */
  stop(): void
}

// The server forgets a typist after 5 s: renewed in half of that, one lost frame does no harm.
const RENEW_AFTER_MS = 2_500
const STOP_AFTER_MS = 4_000
// The server's 5 s and some delay: by then the stop was lost.
const FORGET_AFTER_MS = 6_000

/** The typing of one channel, fed with its frames. */
export class ChannelTyping implements Typing {
  readonly users: WritableSignal<readonly string[]>

  readonly #channel: string
  readonly #host: ChannelHost
  readonly #cancelForget = new Map<string, () => void>()
  #sentAtMs: number | undefined
  #cancelStop: (() => void) | undefined

  constructor(channel: string, host: ChannelHost, count: ListenerCount) {
    this.users = createCountedSignal<readonly string[]>([], count)
    this.#channel = channel
    this.#host = host
  }

  start(): void {
    // Nobody hears it now, and later it would no longer be true.
    if (!this.#host.isReady) return
    const { clock } = this.#host.environment
    this.#cancelStop?.()
    this.#cancelStop = clock.setTimer(() => this.stop(), STOP_AFTER_MS)
    const nowMs = clock.now()
    const isFresh =
      this.#sentAtMs !== undefined && Math.abs(nowMs - this.#sentAtMs) < RENEW_AFTER_MS
    if (isFresh) return
    this.#sentAtMs = nowMs
    this.#host.send({ type: 'typing', channel: this.#channel, is_typing: true })
  }

  stop(): void {
    if (this.#sentAtMs === undefined) return
    this.reset()
    this.#host.send({ type: 'typing', channel: this.#channel, is_typing: false })
  }

  /** Forgets that this user types, without a word: the server has forgotten it too. */
  reset(): void {
    this.#cancelStop?.()
    this.#cancelStop = undefined
    this.#sentAtMs = undefined
  }

  /** Forgets every typist: the channel was left, or nobody can be heard. */
  left(): void {
    this.reset()
    for (const cancel of this.#cancelForget.values()) cancel()
    this.#cancelForget.clear()
    this.#publish()
  }

  /** Takes a signal of the channel. */
  receive({ event_type, user_id }: EphemeralFrame): void {
    if (user_id === this.#host.userId()) return
    if (event_type === 'typing_start') this.#remember(user_id)
    else if (event_type === 'typing_stop') this.#forget(user_id)
  }

  #remember(userId: string): void {
    const { clock } = this.#host.environment
    this.#cancelForget.get(userId)?.()
    this.#cancelForget.set(
      userId,
      clock.setTimer(() => this.#forget(userId), FORGET_AFTER_MS),
    )
    this.#publish()
  }

  #forget(userId: string): void {
    this.#cancelForget.get(userId)?.()
    if (this.#cancelForget.delete(userId)) this.#publish()
  }

  #publish(): void {
    const typists = [...this.#cancelForget.keys()]
    const shown = this.users()
    // A renewal changes nothing that anybody sees.
    const isSame = typists.length === shown.length && typists.every((id, at) => id === shown[at])
    if (!isSame) this.users.set(typists)
  }
}
