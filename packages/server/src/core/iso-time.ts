/** 0000-01-01T00:00:00.000Z. */
const FIRST_MS = -62_167_219_200_000
/** 9999-12-31T23:59:59.999Z, the last moment that RFC 3339 can write. */
const LAST_MS = 253_402_300_799_999

/** Tells whether a time can be written in the format of RFC 3339. */
export function isWritableTime(ms: number): boolean {
  return ms >= FIRST_MS && ms <= LAST_MS
}

/** Tells whether a value is a valid time in a request, in ms since 1970. */
export function isTime(ms: unknown): ms is number {
  return Number.isInteger(ms) && (ms as number) >= 0 && (ms as number) <= LAST_MS
}

/** Writes a time in the format of RFC 3339, clamped to years of four digits. */
export function isoTime(ms: number): string {
  return new Date(Math.min(Math.max(ms, FIRST_MS), LAST_MS)).toISOString()
}
