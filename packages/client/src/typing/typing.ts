import type { Signal } from '../signals/signal.ts'

/** Who is typing in a channel, and this user's own typing. */
export interface Typing {
  /** Ids of the users who type, each once, without this one, first come first. */
  readonly users: Signal<readonly string[]>
  /** Notes a keystroke; ends by itself 4 s after the last one. */
  start(): void
  /** Ends typing at once, as when a message was sent or the field was emptied. */
  stop(): void
}
