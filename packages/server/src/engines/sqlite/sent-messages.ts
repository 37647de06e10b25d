import { type EventId, RealtimeError } from '@coterie/protocol'
import type { Appended, DedupKey } from '../../ports/engine.ts'
import { DEDUP_WINDOW_MS } from '../dedup-window.ts'
import { checksumOf } from './checksum.ts'
import type { LogStatements } from './log-statements.ts'

interface SentRow {
  readonly event_id: EventId
  readonly epoch: string
  readonly offset: number
  readonly expires_at: number
  readonly checksum: number
}

/** Recently appended messages, to recognise repetitions. */
export class SentMessages {
  readonly #statements: LogStatements

  constructor(statements: LogStatements) {
    this.#statements = statements
  }

  /**
   * Returns the result of a message that was appended before.
   *
   * @throws {RealtimeError} `unavailable` if its row is damaged
   */
  find(channel: string, { sender, messageId }: DedupKey, nowMs: number): Appended | undefined {
    const row = this.#statements.findDuplicate.get(channel, sender, messageId, nowMs) as
      | SentRow
      | undefined
    if (!row) return undefined
    const { event_id: id, epoch, offset, expires_at: expiresAt } = row
    const expected = checksumOf(channel, sender, messageId, id, epoch, offset, expiresAt)
    if (row.checksum === expected) return { id, position: { epoch, offset }, duplicate: true }
    throw new RealtimeError('unavailable', `what is known of message ${messageId} is damaged`)
  }

  /** Records the position of an appended message. */
  add(
    channel: string,
    { sender, messageId }: DedupKey,
    {
      id,
      position,
    }: { readonly id: EventId; readonly position: NonNullable<Appended['position']> },
    nowMs: number,
  ): void {
    const key = [channel, sender, messageId] as const
    const found = [id, position.epoch, position.offset, nowMs + DEDUP_WINDOW_MS] as const
    this.#statements.insertDuplicate.run(...key, ...found, checksumOf(...key, ...found))
  }
}
