import type { ChannelFrame } from '../channel/channel-frame.ts'
import type { ChannelHost } from '../channel/channel-host.ts'
import type { ChannelPart, PartContext } from '../channel/channel-part.ts'
import { createCountedSignal, type WritableSignal } from '../signals/signal.ts'
import type { Typing } from './typing.ts'

// The server forgets a typist after 5 s: renewal in half of that survives one lost frame.
const RENEW_AFTER_MS = 2_500
const STOP_AFTER_MS = 4_000
// The server's 5 s and some delay: after that, the stop signal was lost.
const FORGET_AFTER_MS = 6_000

/** The typing of one channel, updated by its frames. */
export class ChannelTyping implements Typing, ChannelPart {
  readonly users: WritableSignal<readonly string[]>

  readonly #channel: string
  readonly #host: ChannelHost
  readonly #cancelForget = new Map<string, () => void>()
  #sentAtMs: number | undefined
  #cancelStop: (() => void) | undefined

  constructor({ name, host, count }: Pick<PartContext, 'name' | 'host' | 'count'>) {
    this.users = createCountedSignal<readonly string[]>([], count)
    this.#channel = name
    this.#host = host
  }

  start(): void {
    // Nobody would receive it now, and later it would be outdated.
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
    this.published()
    this.#host.send({ type: 'typing', channel: this.#channel, is_typing: false })
  }

  /** Forgets that this user types: the server ends typing for all with the message. */
  published(): void {
    this.#cancelStop?.()
    this.#cancelStop = undefined
    this.#sentAtMs = undefined
  }

  /** Forgets all typists: no signal can arrive. */
  cut(): void {
    this.published()
    for (const cancel of this.#cancelForget.values()) cancel()
    this.#cancelForget.clear()
    this.#publish()
  }

  /** Takes a signal of the channel. */
  receive(frame: ChannelFrame): void {
    if (frame.type !== 'ephemeral' || frame.user_id === this.#host.userId()) return
    const { event_type, user_id } = frame
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
    // A renewal does not change the list.
    const isSame = typists.length === shown.length && typists.every((id, at) => id === shown[at])
    if (!isSame) this.users.set(typists)
  }
}
