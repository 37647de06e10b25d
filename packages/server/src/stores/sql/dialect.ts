/** The type of a column of rows that are handed over as JSON. */
export type GivenType = 'text' | 'integer' | 'boolean'

/** Where databases differ in what they call the same. */
export interface Dialect {
  /**
   * A table `given` of the rows in a JSON array of objects, with their place
   * from 0 or 1 on as `given_order`.
   */
  given(parameter: string, columns: Readonly<Record<string, GivenType>>): string

  /** A table of the strings or numbers in a JSON array, as the column `value`. */
  elements(json: string): string

  /** Compares a column with the values of a query, which is run once and first. */
  among(query: string): string

  /** After a table's name: by which index it is to be read; empty where the database chooses well. */
  by(index: string): string

  /** Ends a query whose rows nobody else may change until the transaction ends; empty for no need. */
  readonly forUpdate: string

  /** As `forUpdate`, leaving out rows that somebody else holds. */
  readonly forUpdateSkipLocked: string

  /** True where one process has the database for itself: who held anything in it before is gone. */
  readonly isExclusive: boolean

  /** Rows that one statement changes at most, so that the process is not held up. */
  readonly batchRows: number
}
