import { formatPosition } from '@coterie/protocol'
import type { JsonText, LogPage } from '../ports/engine.ts'
import { eventList } from './event-frame.ts'
import { eventGaps } from './event-gaps.ts'

/** Writes a page of a log as the JSON text of `{events, position, gaps?}`. */
export function historyReply({ events, top, damaged }: LogPage): JsonText {
  const gaps = eventGaps(damaged)
  const more = gaps ? `,"gaps":${JSON.stringify(gaps)}` : ''
  return `{"events":${eventList(events)},"position":"${formatPosition(top)}"${more}}` as JsonText
}
