import { type EventGap, formatPosition } from '@coterie/protocol'
import type { LogHole } from '../ports/engine.ts'

/** Says where a list of events leaves some out that cannot be read; undefined where it does not. */
export function eventGaps(holes: readonly LogHole[] | undefined): EventGap[] | undefined {
  return holes?.map(({ after, next }) => ({
    after: formatPosition(after),
    next: formatPosition(next),
    reason: 'damaged',
  }))
}
