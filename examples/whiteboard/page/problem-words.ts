import type { RealtimeError } from '@coterie/client'

const WORDS: Partial<Readonly<Record<RealtimeError['code'], string>>> = {
  room_full: 'This board has no room for another person. Try again later, or open another board.',
  too_large: 'The board is full: 256 KiB is all it holds. Erase something, or clear it.',
  limit_exceeded: 'The board is full: 1,000 strokes is all it holds. Erase something, or clear it.',
  rate_limited: 'That was too much at once. Wait a moment.',
  unavailable: 'This did not reach the server, and is taken back.',
  forbidden: 'You may not do this here.',
}

/** Says what went wrong, for people. */
export function problemWords(error: RealtimeError, isConnected = true): string {
  if (error.code === 'limit_exceeded' && !isConnected) {
    return 'Too many changes wait for the connection. Draw on when it is back.'
  }
  return WORDS[error.code] ?? `The server said no: ${error.message}.`
}
