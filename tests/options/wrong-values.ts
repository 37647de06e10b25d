/** What an option may be given by a mistake, by the kind of what is right. */
const NO_NUMBERS = [Number.NaN, 'many', '5', null, {}, [], true, 5n, () => {}]
const NO_BOUNDS = [...NO_NUMBERS, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1]

/** Values that are wrong for every option of a kind. */
export const WRONG = {
  /** A whole number, at least 1. */
  count: [...NO_BOUNDS, 0, 1.5],
  /** A whole number that may be 0. */
  bound: [...NO_BOUNDS, 1.5],
  /** A span of time, of any fraction. */
  span: NO_BOUNDS,
  flag: ['true', 'yes', 0, 1, null, {}, [], Number.NaN],
  text: [5, Number.NaN, null, {}, [], true, 5n, () => {}],
  function: ['x', 5, null, {}, [], true],
  /** An object with certain functions. */
  means: ['x', 5, null, {}, [], true, () => {}],
  /** A list of something. */
  list: ['x', 5, null, {}, true, [null], [5]],
  /** An object of options. */
  options: ['x', 5, null, true, [], Number.NaN, () => {}],
} as const satisfies Record<string, readonly unknown[]>

/** One of these kinds. */
export type OptionKind = keyof typeof WRONG

/** Shows a value in the title of a test. */
export function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  return typeof value === 'object' || typeof value === 'string'
    ? JSON.stringify(value)
    : String(value)
}
