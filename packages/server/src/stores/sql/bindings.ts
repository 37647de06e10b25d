import type { SqlValue } from './sql-database.ts'

/** The values of a statement that is put together from parts. */
export class Bindings {
  readonly values: SqlValue[] = []

  /** Adds a value, and returns what stands for it in the statement. */
  add(value: SqlValue): string {
    return `$${this.values.push(value)}`
  }
}
