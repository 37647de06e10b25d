import { err, ok, type RealtimeError, type Result } from '@coterie/protocol'
import { unknownParameter } from '../../http/unknown-parameter.ts'
import { isLastEventIdName } from './last-event-id.ts'

const KNOWN: readonly string[] = ['channels', 'since', 'lastEventId', 'ticket']
/** Likely mistaken names of stream parameters, without case and separators. */
const OTHER_WORDS: ReadonlySet<string> = new Set([
  ...['chan', 'chans', 'channelid', 'channelids', 'channelname', 'channelnames'],
  ...['topic', 'topics', 'room', 'rooms', 'subscribe', 'subscriptions'],
  ...['lastid', 'lastevent', 'eventid', 'lasteventids', 'lastmessageid', 'offset', 'position'],
  ...[
    'token',
    'accesstoken',
    'authtoken',
    'coterietoken',
    'bearer',
    'jwt',
    'auth',
    'authorization',
  ],
])
/** The edit distance up to which a name counts as a misspelling of a known one. */
const MAX_SLIPS = 2
/** Longer names are not compared. */
const MAX_COMPARED_CHARACTERS = 16

/**
 * Refuses a parameter that looks like a misspelt stream parameter. Others pass,
 * because a proxy may read them.
 */
export function checkStreamParameters(query: URLSearchParams): Result<void, RealtimeError> {
  for (const name of query.keys()) {
    if (KNOWN.includes(name) || isLastEventIdName(name)) continue
    if (isMeantForStream(name)) return err(unknownParameter(name, KNOWN))
  }
  return ok(undefined)
}

function isMeantForStream(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '')
  if (plain.length > MAX_COMPARED_CHARACTERS) return false
  return OTHER_WORDS.has(plain) || KNOWN.some((known) => isAlike(plain, known.toLowerCase()))
}

// In a short word one typo makes another word.
function isAlike(name: string, known: string): boolean {
  return slips(name, known) <= (known.length < 8 ? 1 : MAX_SLIPS)
}

/** Returns the edit distance: letters to add, drop, change or swap. */
function slips(one: string, other: string): number {
  let before: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let line = 1; line <= one.length; line += 1) {
    const next = [line]
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[line - 1] === other[column - 1]
      const isSwapped = one[line - 1] === other[column - 2] && one[line - 2] === other[column - 1]
      next[column] = Math.min(
        at(row, column) + 1,
        at(next, column - 1) + 1,
        at(row, column - 1) + (isSame ? 0 : 1),
        isSwapped ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = row
    row = next
  }
  return at(row, other.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
