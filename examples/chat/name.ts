import { err, ok, type Result } from '@coterie/protocol'

/** Characters of a name at most. */
export const MAX_NAME_CHARACTERS = 40

// Control characters, line breaks, and marks that reorder the text around them.
const FORBIDDEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
const VISIBLE = /[^\p{Z}\p{C}]/u

/** Reads a name that somebody gave: trimmed, with something to see in it. */
export function readName(given: unknown): Result<string, string> {
  if (typeof given !== 'string') return err('"name" is missing: expected a text')
  const name = given.trim()
  if (FORBIDDEN.test(name)) return err('a name has no line breaks or control characters')
  if (!VISIBLE.test(name)) return err('a name has at least one character')
  const length = [...name].length
  if (length > MAX_NAME_CHARACTERS) {
    return err(`a name has at most ${MAX_NAME_CHARACTERS} characters; this one has ${length}`)
  }
  return ok(name)
}
