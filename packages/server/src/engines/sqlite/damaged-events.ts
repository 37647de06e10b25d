import type { EventRecord, LogHole } from '../../ports/engine.ts'
import { isDamage } from '../../sqlite/describe-file-failure.ts'
import type { EventRow } from './event-rows.ts'

/** Unreadable rows in sequence before a page ends; a whole database page may be lost. */
const MAX_UNREADABLE = 256

/** Reads rows in the order of their offsets; an unreadable row is undefined. */
export function* readableRows<Row extends EventRow>(
  start: number,
  end: number,
  query: (cursor: number) => Iterable<unknown>,
  onFailure: (error: unknown) => void,
): Iterable<Row | { readonly unreadable: number }> {
  const step = end >= start ? 1 : -1
  let cursor = start
  for (let failures = 0; failures < MAX_UNREADABLE; failures += 1) {
    try {
      for (const row of query(cursor) as Iterable<Row>) {
        cursor = row.offset
        yield row
      }
      return
    } catch (error) {
      if (!isDamage(error)) throw error
      onFailure(error)
      cursor += step
      if (cursor * step > end * step) return
      yield { unreadable: cursor }
    }
  }
  // A backward read may stop early; a forward read must report everything it leaves out.
  while (step > 0 && cursor < end) {
    cursor += 1
    yield { unreadable: cursor }
  }
}

/** Joins missing offsets into holes, for the part of the log on a page. */
export function holesOf(
  epoch: string,
  damaged: readonly number[],
  page: { readonly events: readonly EventRecord[]; readonly isEnd: boolean },
): LogHole[] {
  const last = page.events.at(-1)?.position?.offset
  const first = page.events[0]?.position?.offset
  const isForwards = last === undefined || first === undefined || last >= first
  const isCovered = (offset: number): boolean =>
    page.isEnd || last === undefined || (isForwards ? offset < last : offset > last)
  const holes: { after: number; next: number }[] = []
  for (const offset of damaged.filter(isCovered).toSorted((a, b) => a - b)) {
    const previous = holes.at(-1)
    if (previous?.next === offset) previous.next = offset + 1
    else holes.push({ after: offset - 1, next: offset + 1 })
  }
  return holes.map(({ after, next }) => ({
    after: { epoch, offset: after },
    next: { epoch, offset: next },
  }))
}
