import { ok, type Result, refuse } from '@coterie/protocol'
import { refuseStranger } from '../../core/access.ts'
import type { ChannelDefinition } from '../../core/definitions.ts'
import { done, type Feature } from '../../core/feature.ts'
import { chargeAnswer } from '../../core/limits/answer-charge.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { Membership } from '../../core/membership.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, JsonText, MapChange } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import type { EphemeralOutlet } from './ephemeral-outlet.ts'
import { EventLookup, type OnRead } from './event-lookup.ts'
import { READS_MAP, ReadLedger } from './read-ledger.ts'
import { parseMark, type ReadMark } from './read-mark.ts'
import { createReceipts, createUnkeptReceipts, type ReadReceipt } from './read-receipts.ts'
import { ReadWindows } from './read-windows.ts'

/** How long marks are collected before receipts are sent, in ms. */
const WINDOW_MS = 250
/** How long marks of anonymous users are kept, in ms: they are mostly gone with their page. */
const ANONYMOUS_TTL_MS = 86_400_000

/** What finding an event is charged as at least, in bytes. */
const LOOKUP_BYTES = 256
/** What each event that is read to find it is charged as, in bytes. */
const EVENT_BYTES = 200

/** How an event is marked as read. */
interface MarkOptions {
  /** How long the mark is kept, in ms; without it for good. */
  readonly ttlMs?: number | undefined
  readonly onRead?: OnRead | undefined
}

/** The parts of the hub that read marks need. */
export interface ReadsParts {
  readonly engine: Engine
  readonly outlet: EphemeralOutlet
  readonly limits: Pick<Limits, 'answers'>
  readonly clock: Clock
  readonly logger: Logger
  /** Names this process among those that share the engine. */
  readonly node: string
  /** Tells of a receipt on every node; never rejects. */
  readonly carry: (channel: string, receipt: ReadReceipt) => Promise<void>
}

/** Keeps how far each user has read, and sends receipts once a window. */
export class Reads implements Feature {
  readonly maps = [READS_MAP]
  readonly #parts: ReadsParts
  readonly #lookup: EventLookup
  readonly #origin: JsonText
  readonly #ledgers = new Map<string, ReadLedger>()
  /** Marks that moved. */
  readonly #moved: ReadWindows<ReadMark>
  /** Events that were read in channels without history: neither kept nor checked. */
  readonly #unkept: ReadWindows<string>

  readonly memberFrames: Feature['memberFrames'] = {
    read: async (member, { channel, event_id: eventId }) => {
      if (member.isPattern) return refuseStranger(channel)
      const { connection, definition } = member
      const { principal } = connection
      const ttlMs = principal.isAnonymous ? ANONYMOUS_TTL_MS : undefined
      const { userId } = principal
      const charge = {
        answers: this.#parts.limits.answers,
        payer: { principal, address: connection.transport.remoteAddress },
        atMostBytes: LOOKUP_BYTES,
      }
      let read = 0
      const marked = await chargeAnswer(charge, async () => {
        const onRead = (events: number): void => {
          read = events
        }
        const result = await this.mark(channel, definition, userId, eventId, { ttlMs, onRead })
        return ok({ value: result, bytes: LOOKUP_BYTES + read * EVENT_BYTES })
      })
      if (!marked.ok) return marked
      return marked.value.ok ? done : marked.value
    },
  }

  constructor(parts: ReadsParts) {
    this.#parts = parts
    this.#lookup = new EventLookup(parts.engine)
    this.#origin = JSON.stringify(parts.node) as JsonText
    this.#moved = new ReadWindows(parts.clock, WINDOW_MS, (channel, moved) => {
      void this.#tell(channel, moved)
    })
    this.#unkept = new ReadWindows(parts.clock, WINDOW_MS, (channel, read) => {
      for (const receipt of createUnkeptReceipts(read)) void parts.carry(channel, receipt)
    })
  }

  /**
   * Marks that a user has read up to an event; an older one changes nothing.
   *
   * Refuses an event that the channel's log does not hold (`not_found`). In a
   * channel without history the mark is sent unchecked, and not kept.
   *
   * @param options `ttlMs`: how long the mark is kept; without it for good
   * @throws {RealtimeError} `unavailable` when the engine cannot keep it
   */
  async mark(
    channel: string,
    { history }: ChannelDefinition,
    userId: string,
    eventId: string,
    { ttlMs, onRead }: MarkOptions = {},
  ): Promise<Result<void>> {
    if (!history) {
      this.#unkept.add(channel, userId, eventId)
      return ok(undefined)
    }
    const position = await this.#lookup.find(channel, eventId, onRead)
    if (!position) return refuse('not_found', `the log of ${channel} has no event with this id`)
    const readAtMs = this.#parts.clock.now()
    const ledger = this.#ledgerOf(channel)
    await ledger.put(userId, { eventId, position, readAtMs }, ttlMs)
    this.#forgetUnheard(channel)
    return ok(undefined)
  }

  /** Drops a channel's marks when this node has no listeners; the engine keeps them. */
  forget(channel: string): void {
    // With a backend, this node sends the receipts even without listeners here.
    if (!this.#parts.outlet.hasBackend) this.#moved.drop(channel)
    this.#forgetUnheard(channel)
  }

  onChange(change: MapChange): void {
    const { channel, changes } = change
    this.#ledgers.get(channel)?.apply(change)
    const { outlet } = this.#parts
    // With a backend, only the node that wrote the mark sends the receipt, to all nodes.
    const isToTell = outlet.hasBackend ? change.origin === this.#origin : outlet.isHeard(channel)
    if (!isToTell) return
    for (const { key, value } of changes) {
      const mark = value === null ? undefined : parseMark(value)
      if (mark) this.#moved.add(channel, key, mark)
      else this.#moved.remove(channel, key)
    }
  }

  onLeave({ channel }: Membership): void {
    if (!this.#parts.outlet.isHeard(channel)) this.forget(channel)
  }

  /** Stops sending receipts. */
  close(): void {
    this.#moved.close()
    this.#unkept.close()
  }

  async #tell(channel: string, moved: ReadonlyMap<string, ReadMark>): Promise<void> {
    const { outlet, logger } = this.#parts
    try {
      const marks = await this.#ledgerOf(channel).marks()
      for (const { userId, data } of createReceipts(moved, marks)) {
        outlet.tell(channel, { type: 'read_receipt', userId, data })
      }
    } catch (error) {
      logger.warn({ channel, error }, 'a read receipt could not be sent')
    }
    this.#forgetUnheard(channel)
  }

  #ledgerOf(channel: string): ReadLedger {
    let ledger = this.#ledgers.get(channel)
    if (!ledger) {
      ledger = new ReadLedger(this.#parts.engine, channel, this.#origin)
      this.#ledgers.set(channel, ledger)
    }
    return ledger
  }

  // Without interest in a channel the engine may bring no changes, so the ledger would age.
  #forgetUnheard(channel: string): void {
    if (this.#parts.outlet.isHeard(channel)) return
    if (!this.#ledgers.get(channel)?.isBusy) this.#ledgers.delete(channel)
  }
}
