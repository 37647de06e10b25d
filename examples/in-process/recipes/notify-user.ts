import type { RealtimeHub } from '@coterie/server'
import { unwrap } from './unwrap.ts'

/** Notifies a user: stored as not read first, then pushed to all their devices. */
export async function notifyUser(
  hub: RealtimeHub,
  userId: string,
  {
    title,
    body,
    data = {},
  }: { title: string; body: string; data?: { readonly [key: string]: string } },
) {
  return unwrap(
    await hub.notifications.create({
      type: 'message',
      title,
      message: body,
      metadata: data,
      recipients: [userId],
    }),
  )
}
