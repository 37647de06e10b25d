import { differences } from './differences.ts'

/** One who knocks at a room of few places. */
export interface Knocker {
  readonly user: string
  /** Knocked, and has neither been refused nor left. */
  readonly wantsIn: boolean
  /** Was let in, and has not left. */
  readonly isMember: boolean
  /** Is in the room at last. */
  readonly isInside: boolean
  /** Who was away so long that the place was given to somebody else. */
  readonly hasLostPlace: boolean
  /** Whom this one sees in the room at last. */
  readonly seen: readonly string[]
}

/** Returns a fault where more are shown at once than a room is for, or one twice. */
export function judgeShown(viewer: string, shown: readonly string[], places: number): string[] {
  const faults: string[] = []
  if (shown.length > places) {
    faults.push(`${viewer} sees ${shown.join()} in a room for ${places}`)
  }
  if (new Set(shown).size !== shown.length) faults.push(`${viewer} sees somebody twice: ${shown}`)
  return faults
}

/** Returns what is wrong with who is in a room once all has come to rest, in words. */
export function judgeSeats(knockers: readonly Knocker[], places: number): string[] {
  const inside = knockers.filter(({ isInside }) => isInside)
  const users = inside.map(({ user }) => user).toSorted()
  const faults = judgeShown('the judge', users, places)
  for (const { user, isMember, isInside, hasLostPlace } of knockers) {
    if (isMember && !isInside && !hasLostPlace) {
      faults.push(`${user} was let in, kept the place, and is not there`)
    }
    if (isInside && !isMember) faults.push(`${user} is there, and was not let in or has left`)
  }
  const waiting = knockers.filter(({ wantsIn, isInside }) => wantsIn && !isInside)
  if (inside.length < places && waiting.length > 0) {
    const names = waiting.map(({ user }) => user).join()
    faults.push(`${inside.length} are inside, and ${names} still waits`)
  }
  for (const { user, seen } of inside) {
    faults.push(...differences(`${user} sees`, seen.toSorted(), users))
  }
  return faults
}
