import { isRecord } from '../connection/frame-reader.ts'

/**
 * Reads an object that another user sent; returns an empty one for anything else.
 *
 * Drops `__proto__`: a copy of it would get a prototype that a stranger chose.
 */
export function readRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return {}
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== '__proto__'))
}
