import type { User } from '@coterie/client'

const MAX_NAME_CHARACTERS = 40
const UNKNOWN = 'Someone'

/** Returns what a user is called, as far as they say so. */
export function nameOf({ name = '' }: User): string {
  return [...name.trim()].slice(0, MAX_NAME_CHARACTERS).join('') || UNKNOWN
}
