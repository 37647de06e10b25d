import { expect, it } from 'vitest'
import { quietUntilMs } from './quiet-hours.ts'

const night = { start: '22:00', end: '07:00' }

/** Reads when quiet hours end, as ISO 8601 UTC to the minute. */
function quietUntil(hours: { start: string; end: string }, timeZone: string, now: string) {
  const untilMs = quietUntilMs({ ...hours, timeZone }, Date.parse(now))
  return untilMs === null ? null : new Date(untilMs).toISOString()
}

it('is never quiet without quiet hours', () => {
  expect(quietUntilMs(null, 0)).toBeNull()
})

it.each([
  ['before midnight', '2026-01-10T22:30:00Z', '2026-01-11T06:00:00.000Z'],
  ['after midnight', '2026-01-11T03:00:12.345Z', '2026-01-11T06:00:00.000Z'],
  ['at the first moment', '2026-01-10T21:00:00.000Z', '2026-01-11T06:00:00.000Z'],
  ['a moment before the first', '2026-01-10T20:59:59.999Z', null],
  ['at the last moment', '2026-01-11T05:59:59.999Z', '2026-01-11T06:00:00.000Z'],
  ['at the end', '2026-01-11T06:00:00.000Z', null],
  ['at noon', '2026-01-11T11:00:00Z', null],
])('holds over midnight: %s', (_, now, until) => {
  expect(quietUntil(night, 'Europe/Berlin', now)).toBe(until)
})

it.each([
  ['before', '2026-01-10T11:59:59Z', null],
  ['within', '2026-01-10T12:10:00Z', '2026-01-10T13:30:00.000Z'],
  ['after', '2026-01-10T13:30:00Z', null],
])('holds within a day: %s', (_, now, until) => {
  expect(quietUntil({ start: '12:00', end: '13:30' }, 'UTC', now)).toBe(until)
})

it('is never quiet where the hours end when they start', () => {
  for (const now of ['2026-01-10T21:59:00Z', '2026-01-10T22:00:00Z', '2026-01-10T23:00:00Z']) {
    expect(quietUntil({ start: '22:00', end: '22:00' }, 'UTC', now)).toBeNull()
  }
})

// In 2026 Berlin changes on 29 March and 25 October at 01:00 UTC, New York on 8 March at 07:00 UTC
// and on 1 November at 06:00 UTC.
it.each([
  ['Europe/Berlin', 'spring', '2026-03-28T22:30:00Z', '2026-03-29T05:00:00.000Z'],
  ['Europe/Berlin', 'autumn', '2026-10-24T21:30:00Z', '2026-10-25T06:00:00.000Z'],
  ['America/New_York', 'spring', '2026-03-08T04:30:00Z', '2026-03-08T11:00:00.000Z'],
  ['America/New_York', 'autumn', '2026-11-01T03:30:00Z', '2026-11-01T12:00:00.000Z'],
])('ends at 07:00 of the wall clock in %s in the night of %s', (zone, _, now, until) => {
  expect(quietUntil(night, zone, now)).toBe(until)
})

it('ends with the jump where the end does not exist that day', () => {
  const until = quietUntil(
    { start: '22:00', end: '02:30' },
    'Europe/Berlin',
    '2026-03-29T00:10:00Z',
  )
  expect(until).toBe('2026-03-29T01:00:00.000Z')
})

it('is quiet again where the clock shows a quiet time for the second time', () => {
  const hours = { start: '22:00', end: '02:30' }
  const at = (now: string) => quietUntil(hours, 'Europe/Berlin', now)
  expect(at('2026-10-25T00:10:00Z')).toBe('2026-10-25T00:30:00.000Z')
  expect(at('2026-10-25T00:40:00Z')).toBeNull()
  expect(at('2026-10-25T01:10:00Z')).toBe('2026-10-25T01:30:00.000Z')
})

it('ends when the clock leaves quiet hours by jumping back', () => {
  const until = quietUntil(
    { start: '02:10', end: '03:30' },
    'Europe/Berlin',
    '2026-10-25T00:20:00Z',
  )
  expect(until).toBe('2026-10-25T01:00:00.000Z')
})

it('knows jumps of half an hour, and zones off the full hour', () => {
  expect(quietUntil(night, 'Australia/Lord_Howe', '2026-10-03T14:00:00Z')).toBe(
    '2026-10-03T20:00:00.000Z',
  )
  expect(quietUntil(night, 'Asia/Kathmandu', '2026-06-01T18:00:00Z')).toBe(
    '2026-06-02T01:15:00.000Z',
  )
})

it.each([
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-11-01'],
  ['America/St_Johns', '2026-03-08'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Africa/Casablanca', '2026-02-15'],
])('agrees with the clock on a wall in %s around %s, minute by minute', (timeZone, day) => {
  const wall = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
  const fromMs = Date.parse(`${day}T00:00:00Z`) - 18 * 3_600_000
  const times = Array.from({ length: 3 * 24 * 60 }, (_, n) => wall.format(fromMs + n * 60_000))
  for (const [start, end] of [
    ['22:00', '02:30'],
    ['01:15', '03:10'],
    ['02:05', '02:55'],
    ['23:59', '00:01'],
  ] as const) {
    const isQuiet = (time: string) =>
      start <= end ? start <= time && time < end : start <= time || time < end
    for (let n = 0; n < 36 * 60; n += 7) {
      const until = quietUntilMs({ start, end, timeZone }, fromMs + n * 60_000)
      const loud = times.findIndex((time, at) => at >= n && !isQuiet(time))
      expect(until, `${start}–${end}, ${times[n]}`).toBe(loud === n ? null : fromMs + loud * 60_000)
    }
  }
})
