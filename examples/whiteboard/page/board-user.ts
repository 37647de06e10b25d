import type { User } from '@coterie/client'
import { hueOf, readName } from '../../chat/page/person.ts'
import type { Session } from '../../chat/page/session.ts'

const UNKNOWN = 'Someone'

/** Says who somebody is at the board. */
export function createUser({ userId, name }: Session): User {
  return { id: userId, name, color: defaultColor(userId) }
}

/** Returns the name that a user gave, which may be anything. */
export function nameOf(user: User): string {
  return readName({ name: user.name ?? null }) ?? UNKNOWN
}

/** Returns the color that a user chose, or a default one when it is invalid. */
export function colorOf({ id, color }: User): string {
  return color !== undefined && CSS.supports('color', color) ? color : defaultColor(id)
}

// Dark enough for white letters on it.
function defaultColor(userId: string): string {
  return `oklch(0.52 0.13 ${hueOf(userId)})`
}
