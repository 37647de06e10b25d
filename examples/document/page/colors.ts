/** Colours of carets: each can be told from the others, and read on light, on dark and below white. */
export const COLORS = [
  '#2563eb',
  '#c2410c',
  '#15803d',
  '#9333ea',
  '#db2777',
  '#0e7490',
  '#a16207',
  '#dc2626',
  '#4d7c0f',
  '#64748b',
] as const

/** Returns a colour that nobody has yet; of those that all are taken the rarest. */
export function freeColor(taken: readonly string[]): string {
  const counts = COLORS.map((color) => taken.filter((other) => other === color).length)
  return COLORS[counts.indexOf(Math.min(...counts))] ?? COLORS[0]
}

/** Reads a colour that another client sent; undefined when it is not one of these. */
export function readColor(value: unknown): string | undefined {
  return COLORS.find((color) => color === value)
}
