const MAX_CHARACTERS = 500
// Line ends and terminal codes could forge lines of a log; direction marks could disguise them.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu

/** Makes an error one line that is safe to store and log, at most 500 characters. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error)
  // Cut first: an answer from a remote server may be very long.
  const line = text
    .slice(0, 2 * MAX_CHARACTERS)
    .replace(UNPRINTABLE, ' ')
    .trim()
  const short = line.slice(0, MAX_CHARACTERS).toWellFormed()
  return short === '' ? 'unknown error' : short
}
