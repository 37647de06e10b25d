import { canonicalChannel, ok, type Result } from '@coterie/protocol'
import type { Access } from '../../core/access.ts'
import { chargeAnswer } from '../../core/limits/answer-charge.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { Reader } from '../../core/reader.ts'
import type { Engine } from '../../ports/engine.ts'
import { parseMarks, READS_MAP } from './read-ledger.ts'
import type { ReadMark } from './read-mark.ts'

/** What reading the marks of a channel mostly comes to at most, in bytes. */
const MARKS_BYTES = 65_536
const MARK_BYTES = 200

/** The parts of the hub that reading marks needs. */
export interface ReadMarkReaderParts {
  readonly engine: Engine
  readonly access: Access
  readonly limits: Pick<Limits, 'answers'>
  /** Resolves when the engine is open. */
  readonly started: () => Promise<void>
}

/** Reads how far users have read, for those who may know. */
export class ReadMarkReader {
  readonly #parts: ReadMarkReaderParts

  constructor(parts: ReadMarkReaderParts) {
    this.#parts = parts
  }

  /** Reads the marks of a channel by user. @throws {RealtimeError} `unavailable` */
  async read(name: string): Promise<ReadonlyMap<string, ReadMark>> {
    const { engine, started } = this.#parts
    await started()
    const { entries } = await engine.entries(canonicalChannel(name), READS_MAP)
    return parseMarks(entries)
  }

  /** The same for a user, who must have the right to read the channel's history. */
  async readFor(
    name: string,
    reader: Reader | undefined,
  ): Promise<Result<ReadonlyMap<string, ReadMark>>> {
    const channel = canonicalChannel(name)
    const { access, limits } = this.#parts
    const allowed = access.view(reader, 'history', channel)
    if (!allowed.ok) return allowed
    const charge = { answers: limits.answers, payer: reader, atMostBytes: MARKS_BYTES }
    return chargeAnswer(charge, async () => {
      const marks = await this.read(channel)
      return ok({ value: marks, bytes: marks.size * MARK_BYTES })
    })
  }
}
