import type { SqlValue } from './sql-database.ts'

/** The values of a statement that is built from parts. */
export class Bindings {
  readonly values: SqlValue[] = []

  /** Adds a value, and returns its placeholder in the statement. */
  add(value: SqlValue): string {
    return `$${this.values.push(value)}`
  }
}
