import { inspect } from 'node:util'
import type { Logger } from '../ports/logger.ts'

/** Writes warnings and errors to the console, and nothing else. */
export const consoleLogger: Logger = {
  debug() {},
  info() {},
  warn: (fields, message) => console.warn(lineOf(fields, message)),
  error: (fields, message) => console.error(lineOf(fields, message)),
}

function lineOf(fields: Readonly<Record<string, unknown>>, message: string): string {
  const details = Object.keys(fields).length === 0 ? '' : ` ${inspect(fields)}`
  return `coterie: ${message}${details}`
}
