import { dayLabel, isSameDay, timeLabel } from '../../chat/page/date-label.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Says how long ago a moment was, as briefly as people do. */
export function ageLabel(atMs: number, nowMs: number): string {
  const agoMs = nowMs - atMs
  if (agoMs < MINUTE_MS) return 'now'
  if (agoMs < HOUR_MS) return `${Math.floor(agoMs / MINUTE_MS)} min`
  const [at, now] = [new Date(atMs), new Date(nowMs)]
  return isSameDay(at, now) ? timeLabel(at) : dayLabel(at, now)
}

/** Says how long something stays. */
export function remainderLabel(untilMs: number, nowMs: number): string {
  const leftMs = untilMs - nowMs
  if (leftMs < MINUTE_MS) return 'disappears soon'
  if (leftMs < HOUR_MS) return `disappears in ${Math.ceil(leftMs / MINUTE_MS)} min`
  if (leftMs < 24 * HOUR_MS) return `disappears in ${Math.ceil(leftMs / HOUR_MS)} h`
  return `disappears in ${Math.ceil(leftMs / (24 * HOUR_MS))} days`
}
