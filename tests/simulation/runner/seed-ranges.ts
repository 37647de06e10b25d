/** Seeds from the first to the last, both among them. */
export interface SeedRange {
  readonly from: number
  readonly to: number
}

/** Adds a range to others, and joins what touches. */
export function withRange(ranges: readonly SeedRange[], added: SeedRange): SeedRange[] {
  const joined: { from: number; to: number }[] = []
  for (const { from, to } of [...ranges, added].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last && from <= last.to + 1) last.to = Math.max(last.to, to)
    else joined.push({ from, to })
  }
  return joined
}

/** Cuts what of a range is in none of the others into slices. */
export function* slicesOf(
  { from, to }: SeedRange,
  done: readonly SeedRange[],
  size: number,
): Iterable<SeedRange> {
  let next = from
  while (next <= to) {
    const covering = done.find((range) => range.from <= next && next <= range.to)
    if (covering) {
      next = covering.to + 1
      continue
    }
    const nextDone = Math.min(...done.map((range) => range.from).filter((first) => first > next))
    const last = Math.min(next + size - 1, to, nextDone - 1)
    yield { from: next, to: last }
    next = last + 1
  }
}

/** Counts the seeds of ranges that do not overlap. */
export function countSeeds(ranges: readonly SeedRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)
}
