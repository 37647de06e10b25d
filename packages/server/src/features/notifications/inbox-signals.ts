import { attempt } from '../../core/attempt.ts'
import type { Ids } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import { encodeSignal, INBOX_CHANNEL, type InboxSignal, splitSignal } from './inbox-signal.ts'

/** The parts of the hub that sending signals needs. */
export interface InboxSignalsParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
}

/** Tells every node what happened in inboxes. */
export class InboxSignals {
  readonly #parts: InboxSignalsParts

  constructor(parts: InboxSignalsParts) {
    this.#parts = parts
  }

  /**
   * Sends a signal to all nodes, this one among them.
   *
   * @throws {RealtimeError} `unavailable` when the engine cannot carry it
   */
  async send(signal: InboxSignal): Promise<void> {
    const { engine, clock, ids } = this.#parts
    const parts = splitSignal(signal)
    await Promise.all(
      parts.map((part) => {
        const event = encodeSignal(part, { id: ids.event(), timestampMs: clock.now() })
        return engine.append(INBOX_CHANNEL, event, {})
      }),
    )
  }

  /**
   * Tells of what is stored already. A failure is written to the log alone:
   * what was stored is not lost, and the next sweep tells of it.
   */
  async tell(send: () => Promise<void>): Promise<void> {
    const told = await attempt(send)
    if (told.ok) return
    const { error } = told
    this.#parts.logger.warn({ error }, 'devices could not be told about a notification at once')
  }
}
