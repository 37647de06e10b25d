const time = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' })

/** Formats the time of day. */
export function timeLabel(date: Date): string {
  return time.format(date)
}

/** Formats a whole moment, for who wants to know exactly. */
export function momentLabel(date: Date): string {
  return full.format(date)
}

/** Names the day of a date as people call it. */
export function dayLabel(date: Date, now: Date): string {
  if (isSameDay(date, now)) return 'Today'
  // By the calendar: not every day has 24 hours.
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)
  if (isSameDay(date, yesterday)) return 'Yesterday'
  return day.format(date)
}

/** Tells whether two moments fall on one day here. */
export function isSameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString()
}
