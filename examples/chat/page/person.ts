import type { JsonValue, PresenceEntry } from '@coterie/client'

const MAX_NAME_CHARACTERS = 40
const HUES = [12, 38, 75, 110, 145, 172, 200, 232, 262, 292, 322, 350]
const UNKNOWN = 'Someone'

/** The names of people, as far as this window heard of them. */
export class NameBook {
  readonly #names = new Map<string, string>()

  /** Takes the names of who is present; true when one of them is news. */
  learn(members: readonly PresenceEntry[]): boolean {
    let isNews = false
    for (const { user_id, data } of members) {
      const name = readName(data)
      if (name === undefined || this.#names.get(user_id) === name) continue
      this.#names.set(user_id, name)
      isNews = true
    }
    return isNews
  }

  /** Returns a user's name; the fallback is what a message claims. */
  nameOf(userId: string, fallback?: string): string {
    return this.#names.get(userId) ?? fallback ?? UNKNOWN
  }
}

/** Reads the name in presence data or a message, which anybody may have made up. */
export function readName(data: JsonValue): string | undefined {
  if (typeof data !== 'object' || data === null || !('name' in data)) return undefined
  const { name } = data
  if (typeof name !== 'string') return undefined
  return [...name.trim()].slice(0, MAX_NAME_CHARACTERS).join('') || undefined
}

/** Returns the one or two letters that stand for a name. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== '')
  const first = words[0] ?? name
  const last = words.length > 1 ? words.at(-1) : undefined
  return [first, last]
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toLocaleUpperCase()
}

/** Returns the hue of a user's colour, the same in every window. */
export function hueOf(userId: string): number {
  let hash = 2_166_136_261
  for (const character of userId) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619)
  }
  return HUES[(hash >>> 0) % HUES.length] ?? 0
}
