import { formatPosition, parsePosition } from '@coterie/protocol'
import type {
  DeadLetter,
  DeadLetterQuery,
  NewDeadLetter,
  TriggerLease,
  TriggerProgress,
  TriggerRepository,
} from '../../ports/trigger-repository.ts'
import { Bindings } from './bindings.ts'
import type { SqlDatabase } from './sql-database.ts'

interface DeadLetterRow {
  readonly id: number
  readonly trigger_name: string
  readonly attempts: number
  readonly error: string
  readonly failed_at: number
  readonly body: string
}

const LETTER_COLUMNS = 'id, trigger_name, attempts, error, failed_at, body'

const SAVE_PROGRESS =
  'UPDATE coterie_triggers SET position = $3, attempts = $4 WHERE name = $1 AND holder = $2 RETURNING name'

/** Durable triggers and their dead letters in tables of a database. */
export class SqlTriggers implements TriggerRepository {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async lease(name: string, holder: string, nowMs: number, untilMs: number): Promise<TriggerLease> {
    const [row] = await this.#database.all<{ position: string | null; attempts: number }>(
      `INSERT INTO coterie_triggers (name, position, attempts, holder, leased_until)
        VALUES ($1, NULL, 0, $2, $4)
        ON CONFLICT (name) DO UPDATE SET holder = $2, leased_until = $4
          WHERE coterie_triggers.holder = $2 OR coterie_triggers.leased_until <= $3
        RETURNING position, attempts`,
      [name, holder, nowMs, untilMs],
    )
    if (!row) return { isHeld: false }
    const { position, attempts } = row
    const at = position === null ? undefined : parsePosition(position)
    return { isHeld: true, progress: { position: at ?? null, attempts } }
  }

  async release(name: string, holder: string): Promise<void> {
    await this.#database.all(
      'UPDATE coterie_triggers SET leased_until = 0 WHERE name = $1 AND holder = $2',
      [name, holder],
    )
  }

  async save(name: string, holder: string, progress: TriggerProgress): Promise<boolean> {
    const saved = await this.#database.all(SAVE_PROGRESS, progressValues(name, holder, progress))
    return saved.length > 0
  }

  bury(letter: NewDeadLetter, holder: string, progress: TriggerProgress): Promise<boolean> {
    const { trigger, attempts, error, failedAtMs, ...body } = letter
    return this.#database.transaction(async (session) => {
      const saved = await session.all(SAVE_PROGRESS, progressValues(trigger, holder, progress))
      if (saved.length === 0) return false
      await session.all(
        `INSERT INTO coterie_dead_letters (trigger_name, attempts, error, failed_at, body)
          VALUES ($1, $2, $3, $4, $5)`,
        [trigger, attempts, error, failedAtMs, JSON.stringify(body)],
      )
      return true
    })
  }

  async list({ trigger, limit, before }: DeadLetterQuery): Promise<readonly DeadLetter[]> {
    const bindings = new Bindings()
    const conditions = ['TRUE']
    if (trigger !== undefined) conditions.push(`trigger_name = ${bindings.add(trigger)}`)
    if (before !== undefined) conditions.push(`id < ${bindings.add(before)}`)
    const rows = await this.#database.all<DeadLetterRow>(
      `SELECT ${LETTER_COLUMNS} FROM coterie_dead_letters WHERE ${conditions.join(' AND ')}
        ORDER BY id DESC LIMIT ${bindings.add(limit)}`,
      bindings.values,
    )
    return rows.map(letterOf)
  }

  async find(id: number): Promise<DeadLetter | undefined> {
    const [row] = await this.#database.all<DeadLetterRow>(
      `SELECT ${LETTER_COLUMNS} FROM coterie_dead_letters WHERE id = $1`,
      [id],
    )
    return row && letterOf(row)
  }

  async noteFailure(
    id: number,
    error: string,
    failedAtMs: number,
  ): Promise<DeadLetter | undefined> {
    const [row] = await this.#database.all<DeadLetterRow>(
      `UPDATE coterie_dead_letters SET attempts = attempts + 1, error = $2, failed_at = $3
        WHERE id = $1 RETURNING ${LETTER_COLUMNS}`,
      [id, error, failedAtMs],
    )
    return row && letterOf(row)
  }

  async discard(id: number): Promise<boolean> {
    const discarded = await this.#database.all(
      'DELETE FROM coterie_dead_letters WHERE id = $1 RETURNING id',
      [id],
    )
    return discarded.length > 0
  }
}

function progressValues(name: string, holder: string, { position, attempts }: TriggerProgress) {
  return [name, holder, position && formatPosition(position), attempts]
}

function letterOf({ id, trigger_name, attempts, error, failed_at, body }: DeadLetterRow) {
  const told = JSON.parse(body) as Omit<
    DeadLetter,
    'id' | 'trigger' | 'attempts' | 'error' | 'failedAtMs'
  >
  return { ...told, id, trigger: trigger_name, attempts, error, failedAtMs: failed_at }
}
