import type { Dialect } from '../sql/dialect.ts'

const TYPES = { text: 'text', integer: 'bigint', boolean: 'boolean' } as const

/** The SQL of Postgres. */
export const postgresDialect: Dialect = {
  given(parameter, columns) {
    const names = Object.keys(columns).join(', ')
    const typed = Object.entries(columns).map(([name, type]) => `${name} ${TYPES[type]}`)
    const rows = `jsonb_to_recordset(CAST(${parameter} AS jsonb)) AS (${typed.join(', ')})`
    return `ROWS FROM (${rows}) WITH ORDINALITY AS given (${names}, given_order)`
  },
  elements: (json) => `jsonb_array_elements_text(CAST(${json} AS jsonb)) AS elements (value)`,
  // Not a join: the planner's averages would be wrong for the user with the most rows.
  among: (query) => `= ANY (ARRAY(${query}))`,
  by: () => '',
  forUpdate: 'FOR UPDATE',
  forUpdateSkipLocked: 'FOR UPDATE SKIP LOCKED',
  isExclusive: false,
  // The server is another process, so its long statements do not block this one.
  batchRows: 10_000,
}
