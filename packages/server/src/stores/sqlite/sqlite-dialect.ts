import type { Dialect } from '../sql/dialect.ts'

/** What SQLite calls it. */
export const sqliteDialect: Dialect = {
  given(parameter, columns) {
    const selected = Object.keys(columns).map((name) => `value ->> '${name}' AS ${name}`)
    return `(SELECT ${selected.join(', ')}, key AS given_order FROM json_each(${parameter})) AS given`
  },
  elements: (json) => `json_each(${json})`,
  among: (query) => `IN (${query})`,
  // Without figures about its tables it would read all that a user ever got, to find what is new.
  by: (index) => `INDEXED BY ${index}`,
  forUpdate: '',
  forUpdateSkipLocked: '',
  isExclusive: true,
  batchRows: 1_000,
}
