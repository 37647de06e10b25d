import type { JsonText, KeyChange } from '../../ports/engine.ts'

/**
 * The entry of a state that has begun: it tells an emptied state from a new one.
 *
 * It is set in the same atomic step as the first change, so it is as durable as
 * the values are. No client can name it: their keys have at least one character.
 */
export const BEGUN_KEY = ''

const BEGUN: KeyChange = { key: BEGUN_KEY, value: 'true' as JsonText }

/** Adds the mark to a change. */
export function withBegunMark(changes: readonly KeyChange[]): readonly KeyChange[] {
  return [...changes, BEGUN]
}
