import { LRUCache } from 'lru-cache'
import type { QuietHours } from '../../ports/preference-repository.ts'

const MINUTE_MS = 60_000
const QUARTER_MS = 15 * MINUTE_MS
const DAY_MS = 86_400_000
// About as many as there are names of time zones. To make one costs more than to use it often.
const MAX_FORMATS = 600
const formats = new LRUCache<string, Intl.DateTimeFormat>({ max: MAX_FORMATS })

/**
 * Tells until when quiet hours last that are under way: a wall time in ms, or
 * null outside of them. The end is the first moment at which the clock on the
 * user's wall shows no quiet time, also where that clock jumps. Hours that end
 * when they start are none.
 *
 * @param quietHours valid ones, as `preferencesProblem` checks
 */
export function quietUntilMs(quietHours: QuietHours | null, nowMs: number): number | null {
  if (!quietHours) return null
  const { timeZone } = quietHours
  const startMs = msOfDay(quietHours.start)
  const endMs = msOfDay(quietHours.end)
  const isQuiet = (atMs: number) => {
    const wallMs = wallMsOfDay(timeZone, atMs)
    return startMs <= endMs
      ? startMs <= wallMs && wallMs < endMs
      : startMs <= wallMs || wallMs < endMs
  }
  if (!isQuiet(nowMs)) return null
  const directMs = nowMs + msUntil(endMs, wallMsOfDay(timeZone, nowMs))
  if (wallMsOfDay(timeZone, directMs) === endMs) return directMs
  // The clock jumps before. Clocks jump when UTC shows a full quarter of an hour.
  let atMs = nowMs
  do {
    const toEndMs = msUntil(endMs, wallMsOfDay(timeZone, atMs))
    atMs += Math.min(toEndMs, QUARTER_MS - (atMs % QUARTER_MS))
  } while (isQuiet(atMs))
  return atMs
}

/** Reads `HH:MM` as ms since midnight. */
function msOfDay(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return (hours * 60 + minutes) * MINUTE_MS
}

function msUntil(endMs: number, wallMs: number): number {
  return (endMs - wallMs + DAY_MS) % DAY_MS
}

/** What a clock shows in a time zone, as ms since it showed midnight. */
function wallMsOfDay(timeZone: string, atMs: number): number {
  const [hours = 0, minutes = 0, seconds = 0] = formatFor(timeZone)
    .format(atMs)
    .split(':')
    .map(Number)
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000 + (atMs % 1_000)
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  formats.set(timeZone, format)
  return format
}
