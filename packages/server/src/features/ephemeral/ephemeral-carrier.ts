import type { Ids } from '../../core/ids.ts'
import { roomOf } from '../../core/room-channel.ts'
import { decodeEphemeralEvent, encodeEphemeralEvent } from '../../local/ephemeral-event.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, EventRecord, JsonText } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import { createEphemeralEvent, type NewEphemeralEvent } from './create-ephemeral-event.ts'
import type { EphemeralOutlet } from './ephemeral-outlet.ts'
import type { ReadReceipt } from './read-receipts.ts'

/** The event under which the engine carries ephemeral events; no client can publish as the server. */
const CARRIER_EVENT = 'coterie.ephemeral'

/** The parts of the hub that carrying needs. */
export interface EphemeralCarrierParts {
  readonly engine: Engine
  readonly outlet: EphemeralOutlet
  readonly ids: Ids
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Carries ephemeral events to every node: by the engine, or by the application's backend. */
export class EphemeralCarrier {
  readonly #parts: EphemeralCarrierParts

  constructor(parts: EphemeralCarrierParts) {
    this.#parts = parts
  }

  /** Carries an event of a channel. @throws {RealtimeError} `unavailable` */
  async carry(channel: string, event: NewEphemeralEvent): Promise<void> {
    const { engine, outlet, ids, clock, random } = this.#parts
    const carried = createEphemeralEvent(event, clock, random)
    if (outlet.hasBackend) {
      await outlet.publish(channel, carried)
      return
    }
    await engine.append(
      channel,
      {
        id: ids.event(),
        event: CARRIER_EVENT,
        payload: encodeEphemeralEvent(carried) as JsonText,
        from: null,
        timestampMs: clock.now(),
      },
      { volatile: true },
    )
  }

  /** Carries a read receipt, and logs why where it cannot; never rejects. */
  async carryReceipt(channel: string, { userId, data }: ReadReceipt): Promise<void> {
    const roomId = roomOf(channel) ?? channel
    try {
      await this.carry(channel, { roomId, type: 'read_receipt', userId, data })
    } catch (error) {
      this.#parts.logger.warn({ channel, error }, 'a read receipt could not be sent')
    }
  }

  /** Takes what the engine brings; false for an event that is not ephemeral. */
  receive({ channel, event, from, delivery, payload }: EventRecord): boolean {
    if (event !== CARRIER_EVENT || from !== null || delivery !== 'volatile') return false
    const carried = decodeEphemeralEvent(payload)
    if (carried) this.#parts.outlet.deliver(channel, carried)
    return carried !== undefined
  }
}
