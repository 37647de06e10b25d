/** A step from one version of the tables to the next. Never changed after a release. */
export interface Migration {
  /** 1 for the first; each is one more than the previous. */
  readonly number: number
  readonly name: string
  /** Statements, separated by semicolons. */
  readonly sql: string
}
