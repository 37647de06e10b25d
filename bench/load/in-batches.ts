/** Connections that are opened at a time, unless all at once is the point. */
const BATCH = 100

/** Makes things a batch at a time and returns them in order. */
export async function inBatches<T>(
  count: number,
  make: (index: number) => Promise<T>,
): Promise<T[]> {
  const made: T[] = []
  while (made.length < count) {
    const first = made.length
    const size = Math.min(BATCH, count - first)
    made.push(...(await Promise.all(Array.from({ length: size }, (_, at) => make(first + at)))))
  }
  return made
}
