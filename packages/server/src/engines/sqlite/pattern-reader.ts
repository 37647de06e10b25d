import {
  err,
  ok,
  type Position,
  patternMatches,
  type RecoveryFailure,
  type Result,
} from '@coterie/protocol'
import type { EventRecord, LogExtent, LogPage, ReadOptions } from '../../ports/engine.ts'
import { exceeds, takePage } from '../event-record.ts'
import { type ChannelEventRow, type EventRow, isHeld, isWhole, recordFrom } from './event-rows.ts'
import type { LogHeads } from './log-heads.ts'
import type { LogStatements } from './log-statements.ts'

/** Events after a reader's position that are examined to find missed ones. */
const MAX_PATTERN_SCAN = 200_000

/** The parts of the file that reading by pattern needs. */
export interface PatternReaderContext {
  /** The id of the current order of all events; it changes after a loss. */
  readonly sequenceEpoch: string
  readonly nowMs: () => number
  /** Called for an event that cannot be read, or was changed. */
  readonly onDamage: (channel: string, offset: number) => void
}

/** Reads the logs of all channels of a pattern as one log, by sequence. */
export class PatternReader {
  readonly #statements: LogStatements
  readonly #heads: LogHeads
  readonly #context: PatternReaderContext

  constructor(statements: LogStatements, heads: LogHeads, context: PatternReaderContext) {
    this.#statements = statements
    this.#heads = heads
    this.#context = context
  }

  read(pattern: string, options: ReadOptions): Result<LogPage, RecoveryFailure> {
    const { since, reverse, partial } = options
    const top: Position = { epoch: this.#context.sequenceEpoch, offset: this.#heads.sequence }
    if (since && (since.epoch !== top.epoch || since.offset > top.offset)) {
      return err('unknown_epoch')
    }
    if (partial) return ok(this.#readPart(pattern, options, top))
    const isResume = since !== undefined && !reverse
    if (isResume && this.#hasTrimmed(pattern, since.offset)) return err('trimmed')
    if (isResume && top.offset - since.offset > MAX_PATTERN_SCAN) return err('too_many')
    const rows = reverse
      ? this.#statements.readAllBackwards.iterate(since?.offset ?? top.offset + 1, MAX_PATTERN_SCAN)
      : this.#statements.readAllForwards.iterate(since?.offset ?? 0, MAX_PATTERN_SCAN)
    let loss: RecoveryFailure | undefined
    const page = takePage(
      this.#matching(rows, pattern, (found) => {
        loss ??= found
      }),
      options,
    )
    if (isResume && loss) return err(loss)
    if (!isResume || !options.within) return ok({ ...page, top })
    const isTooMuch = page.isEnd
      ? exceeds(page.events, options.within)
      : this.#patternExceeds(pattern, since.offset, options.within)
    return isTooMuch ? err('too_many') : ok({ ...page, top })
  }

  #patternExceeds(pattern: string, since: number, within: LogExtent): boolean {
    const rows = this.#statements.readAllForwards.iterate(since, MAX_PATTERN_SCAN)
    return exceeds(
      this.#matching(rows, pattern, () => {}),
      within,
    )
  }

  #readPart(pattern: string, options: ReadOptions, top: Position): LogPage {
    let scanned = options.since?.offset ?? 0
    let rows = 0
    const note = function* (given: Iterable<unknown>): Iterable<unknown> {
      for (const row of given as Iterable<EventRow>) {
        rows += 1
        scanned = row.sequence
        yield row
      }
    }
    const found = this.#statements.readAllForwards.iterate(scanned, MAX_PATTERN_SCAN)
    const page = takePage(
      this.#matching(note(found), pattern, () => {}),
      options,
    )
    // A page is full once one more event was seen, which is then left out.
    const last = page.isEnd ? scanned : (page.events.at(-1)?.sequence?.offset ?? scanned)
    const isEnd = page.isEnd && rows < MAX_PATTERN_SCAN
    return { ...page, isEnd, top, readTo: isEnd ? top : { ...top, offset: last } }
  }

  #hasTrimmed(pattern: string, since: number): boolean {
    if (since < this.#heads.forgottenSequence) return true
    for (const { channel } of this.#statements.findTrimmed.iterate(since)) {
      if (patternMatches(pattern, String(channel))) return true
    }
    return false
  }

  *#matching(
    rows: Iterable<unknown>,
    pattern: string,
    onLoss: (reason: RecoveryFailure) => void,
  ): Iterable<EventRecord> {
    const { nowMs, sequenceEpoch, onDamage } = this.#context
    const now = nowMs()
    for (const row of rows as Iterable<ChannelEventRow>) {
      const { channel, epoch } = row
      if (channel === null || epoch === null || !isWhole(row, row.log_id)) {
        // Its channel is uncertain, so it may belong to the pattern.
        onDamage(channel ?? pattern, row.offset)
        onLoss('damaged')
      } else if (patternMatches(pattern, channel)) {
        if (row.expires_at > now || isHeld(row, row.held ?? 0)) {
          yield recordFrom(row, channel, epoch, sequenceEpoch)
        } else onLoss('trimmed')
      }
    }
  }
}
