/** The type of a column in rows that are passed as JSON. */
export type GivenType = 'text' | 'integer' | 'boolean'

/** The SQL that differs between databases. */
export interface Dialect {
  /**
   * A table `given` of the rows in a JSON array of objects, with their index,
   * from 0 or 1 on, as `given_order`.
   */
  given(parameter: string, columns: Readonly<Record<string, GivenType>>): string

  /** A table of the strings or numbers in a JSON array, as the column `value`. */
  elements(json: string): string

  /** Compares a column with the results of a query, which runs once and first. */
  among(query: string): string

  /** Added to a table's name to choose an index; empty where the database chooses well. */
  by(index: string): string

  /** Ends a query to lock its rows until the transaction ends; empty if not needed. */
  readonly forUpdate: string

  /** The same, without rows that another transaction has locked. */
  readonly forUpdateSkipLocked: string

  /** True if one process uses the database alone: earlier holders are gone. */
  readonly isExclusive: boolean

  /** Rows changed by one statement at most, so that the process is not blocked. */
  readonly batchRows: number
}
