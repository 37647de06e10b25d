/** How long somebody had to wait, in ms. */
export interface Waits {
  readonly worstMs: number
  readonly p99Ms: number
}

/** Returns the worst of waits in µs, and the one that few are longer than. */
export function waitsOf(micros: readonly number[]): Waits {
  const sorted = Float64Array.from(micros).sort()
  const at = (part: number): number =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN) / 1_000
  return { worstMs: at(1), p99Ms: at(0.99) }
}
