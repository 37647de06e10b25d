import { cutText, RealtimeError } from '@coterie/protocol'

const MAX_NAMED_CHARACTERS = 100

/** Makes the error of a query parameter that nobody reads, naming those that are read. */
export function unknownParameter(given: string, known: readonly string[]): RealtimeError {
  const name = cutText(given, MAX_NAMED_CHARACTERS)
  const expected =
    known.length === 0 ? 'no parameter is expected here' : `expected ${known.join(', ')}`
  const message = `${name}: there is no such query parameter; ${expected}`
  return new RealtimeError('invalid_payload', message, { details: { field: name, known } })
}
