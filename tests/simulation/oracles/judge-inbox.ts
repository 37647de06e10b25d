import { differences } from './differences.ts'

/** What an application asked to be told, and what one of its users got to see. */
export interface SeenInbox {
  readonly user: string
  /** Titles that were asked for this user, in order. */
  readonly asked: readonly string[]
  /** Those that the user has read. */
  readonly read: ReadonlySet<string>
  /** What the inbox lists, the newest first. */
  readonly listed: readonly { readonly title: string; readonly createdAtMs: number }[]
  /** Titles that a device was shown as they came. */
  readonly shown: ReadonlySet<string>
  /** What a device was told last of how many are unread. */
  readonly unreadCount: number | undefined
  /** Titles that were sent by another route, once for each time. */
  readonly sent: readonly string[]
}

/** Returns what is wrong with the notifications of one user, in words. */
export function judgeInbox(inbox: SeenInbox): string[] {
  const { user, asked, read, listed, shown, unreadCount, sent } = inbox
  const faults: string[] = []
  const titles = listed.map(({ title }) => title)
  faults.push(
    ...differences(`the inbox of ${user} has`, titles.toSorted(), asked.toSorted()),
    ...differences(`${user} was told of unread`, unreadCount ?? 0, asked.length - read.size),
  )
  for (const [index, { title, createdAtMs }] of listed.entries()) {
    const newer = listed[index - 1]
    if (newer && newer.createdAtMs < createdAtMs) {
      faults.push(`the inbox of ${user} has ${title} behind ${newer.title}, which is older`)
    }
  }
  for (const title of asked) {
    if (!read.has(title) && !shown.has(title)) faults.push(`${user} was never shown ${title}`)
    if (!sent.includes(title)) faults.push(`${user} was never sent ${title}`)
  }
  for (const title of new Set([...shown, ...sent])) {
    if (!asked.includes(title)) faults.push(`nobody asked to tell ${user} of ${title}`)
  }
  return faults
}

/**
 * Returns a fault where more was sent than what broke can have caused.
 *
 * @param sent what was sent, each time that it was
 * @param interruptions how often the server ended in the middle
 */
export function judgeRepeats(sent: readonly string[], interruptions: number): string[] {
  const most = new Set(sent).size + interruptions
  return sent.length > most ? [`sent ${sent.length} times, ${most} at most is right`] : []
}
