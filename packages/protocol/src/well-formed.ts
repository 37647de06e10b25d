/** Says what is wrong with a text that holds half of a surrogate pair. */
export const HALF_CHARACTER = 'holds half of a character (a lone surrogate)'

const HEX_DIGITS = 4
const ESCAPE_CHARACTERS = 2 + HEX_DIGITS

/** Tells whether a text is made of whole characters. */
export function isWholeText(text: string): boolean {
  // Not `isWellFormed`, which browsers of 2022 lack.
  return !/\p{Cs}/u.test(text)
}

/**
 * Tells whether all strings of a JSON text are made of whole characters.
 *
 * Half of a surrogate pair, escaped or not, cannot be written as UTF-8: it would
 * become another character when it is stored or sent.
 *
 * @param text JSON that was parsed already
 */
export function isWellFormedJson(text: string): boolean {
  if (!text.isWellFormed()) return false
  let at = text.indexOf('\\')
  while (at !== -1) {
    const isEscapedUnit = text[at + 1] === 'u'
    const half = isEscapedUnit ? surrogateAt(text, at) : undefined
    if (half === 'low') return false
    if (half === 'high') {
      at += ESCAPE_CHARACTERS
      if (surrogateAt(text, at) !== 'low') return false
    }
    at = text.indexOf('\\', at + (isEscapedUnit ? ESCAPE_CHARACTERS : 2))
  }
  return true
}

/** Cuts a text to at most so many UTF-16 units, but never within a character. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const last = text.charCodeAt(maxLength - 1)
  const isHalf = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, Math.max(0, isHalf ? maxLength - 1 : maxLength))
}

function surrogateAt(text: string, at: number): 'high' | 'low' | undefined {
  if (!text.startsWith('\\u', at)) return undefined
  const code = Number.parseInt(text.slice(at + 2, at + ESCAPE_CHARACTERS), 16)
  if (code >= 0xd800 && code <= 0xdbff) return 'high'
  return code >= 0xdc00 && code <= 0xdfff ? 'low' : undefined
}
