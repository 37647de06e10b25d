import type { Signal } from '../signals/signal.ts'

/** The users who type in a channel, and this user's own typing. */
export interface Typing {
  /** Ids of the users who type, each once, except this user, in order of their start. */
  readonly users: Signal<readonly string[]>
  /** Notes a keystroke; ends by itself 4 s after the last one. */
  start(): void
  /** Ends typing at once, as when a message was sent or the field was emptied. */
  stop(): void
}
