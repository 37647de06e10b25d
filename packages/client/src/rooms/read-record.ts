import { isRecord } from '../connection/frame-reader.ts'

/**
 * Reads an object that another user sent, empty where it is none.
 *
 * Without `__proto__`: whoever copies it would be given a prototype by a stranger.
 */
export function readRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return {}
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== '__proto__'))
}
