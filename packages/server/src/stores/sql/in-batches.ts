import type { SqlSession } from './sql-database.ts'

/** Works on rows in batches of a size that suits the database. */
export async function inBatches<Row>(
  session: SqlSession,
  rows: readonly Row[],
  work: (batch: readonly Row[]) => Promise<void>,
): Promise<void> {
  const { batchRows } = session.dialect
  for (let start = 0; start < rows.length; start += batchRows) {
    if (start > 0) await session.pause()
    await work(rows.slice(start, start + batchRows))
  }
}

/**
 * Repeats limited work until no rows remain.
 *
 * @returns all rows
 */
export async function untilDone<Row>(
  session: SqlSession,
  work: (limit: number) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const { batchRows } = session.dialect
  const all: Row[] = []
  for (;;) {
    const rows = await work(batchRows)
    for (const row of rows) all.push(row)
    if (rows.length < batchRows) return all
    await session.pause()
  }
}
