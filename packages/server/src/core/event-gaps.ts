import { type EventGap, formatPosition } from '@coterie/protocol'
import type { LogHole } from '../ports/engine.ts'

/** Lists the gaps where events cannot be read; undefined without any. */
export function eventGaps(holes: readonly LogHole[] | undefined): EventGap[] | undefined {
  return holes?.map(({ after, next }) => ({
    after: formatPosition(after),
    next: formatPosition(next),
    reason: 'damaged',
  }))
}
