import type { PresenceStatus } from '@coterie/protocol'
import { differences } from './differences.ts'

/** One tab of a user, and how it wants to be seen. */
export interface PresentTab {
  readonly user: string
  readonly isIn: boolean
  readonly status: PresenceStatus
}

/** A user as somebody sees them. */
export interface SeenUser {
  readonly user_id: string
  readonly status: PresenceStatus
}

const RANK: Record<PresenceStatus, number> = { offline: 0, away: 1, online: 2 }

/** Returns who should be seen, by the most present of their tabs. */
export function expectedUsers(tabs: readonly PresentTab[]): Map<string, PresenceStatus> {
  const users = new Map<string, PresenceStatus>()
  for (const { user, isIn, status } of tabs) {
    if (!isIn) continue
    const known = users.get(user)
    if (known === undefined || RANK[status] > RANK[known]) users.set(user, status)
  }
  return users
}

/** Returns what is wrong with what somebody sees of those who are there, in words. */
export function judgePresence(
  viewer: string,
  seen: readonly SeenUser[],
  tabs: readonly PresentTab[],
): string[] {
  const right = [...expectedUsers(tabs)].map(([user, status]) => `${user} ${status}`)
  const shown = seen.map(({ user_id: user, status }) => `${user} ${status}`)
  return differences(`${viewer} sees`, shown.toSorted(), right.toSorted())
}
