import type { Dialect } from '../sql/dialect.ts'

const TYPES = { text: 'text', integer: 'bigint', boolean: 'boolean' } as const

/** What Postgres calls it. */
export const postgresDialect: Dialect = {
  given(parameter, columns) {
    const names = Object.keys(columns).join(', ')
    const typed = Object.entries(columns).map(([name, type]) => `${name} ${TYPES[type]}`)
    const rows = `jsonb_to_recordset(CAST(${parameter} AS jsonb)) AS (${typed.join(', ')})`
    return `ROWS FROM (${rows}) WITH ORDINALITY AS given (${names}, given_order)`
  },
  elements: (json) => `jsonb_array_elements_text(CAST(${json} AS jsonb)) AS elements (value)`,
  // As a join it would be planned by figures that are wrong for the one who has most.
  among: (query) => `= ANY (ARRAY(${query}))`,
  by: () => '',
  forUpdate: 'FOR UPDATE',
  forUpdateSkipLocked: 'FOR UPDATE SKIP LOCKED',
  isExclusive: false,
  // The server is another process: however long it takes, this one is not held up.
  batchRows: 10_000,
}
