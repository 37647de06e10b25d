import type { Writable } from 'node:stream'
import type { Logger } from '@coterie/server'

/** Writes what an operator should know as lines of JSON. */
export function createLogger(out: Writable): Logger {
  const at =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void => {
      const line = JSON.stringify(
        { level, time: new Date().toISOString(), message, ...fields },
        (_, value: unknown) => (value instanceof Error ? (value.stack ?? value.message) : value),
      )
      out.write(`${line}\n`)
    }
  return { debug() {}, info: at('info'), warn: at('warn'), error: at('error') }
}
