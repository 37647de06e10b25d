import { isDeepStrictEqual } from 'node:util'

/** Returns a fault where something is not what it should be; nothing where it is. */
export function differences(what: string, actual: unknown, expected: unknown): string[] {
  if (isDeepStrictEqual(actual, expected)) return []
  return [`${what} ${JSON.stringify(actual)}; right is ${JSON.stringify(expected)}`]
}
