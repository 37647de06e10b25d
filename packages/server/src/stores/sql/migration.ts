/** A step from one state of the tables to the next. Never changed once it was released. */
export interface Migration {
  /** 1 for the first; each is one more than the one before. */
  readonly number: number
  readonly name: string
  /** Statements, separated by semicolons. */
  readonly sql: string
}
