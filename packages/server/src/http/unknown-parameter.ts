import { cutText, RealtimeError } from '@coterie/protocol'

const MAX_NAMED_CHARACTERS = 100

/** Makes the error for an unknown query parameter; lists the known ones. */
export function unknownParameter(given: string, known: readonly string[]): RealtimeError {
  const name = cutText(given, MAX_NAMED_CHARACTERS)
  const expected =
    known.length === 0 ? 'no parameter is expected here' : `expected ${known.join(', ')}`
  const message = `${name}: there is no such query parameter; ${expected}`
  return new RealtimeError('invalid_payload', message, { details: { field: name, known } })
}
