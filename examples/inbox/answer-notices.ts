import { RealtimeError } from '@coterie/protocol'
import type { RealtimeHub } from '@coterie/server'
import { readNotice } from './read-notice.ts'

/** The event of the messages that this example takes. */
const EVENT = 'inbox.notify'

/** Lets people notify one another: the page sends a message, the server makes a notification of it. */
export function answerNotices(hub: RealtimeHub): () => void {
  return hub.onMessage(async ({ principal, event, payload }) => {
    if (event !== EVENT) return undefined
    const notice = readNotice(payload)
    if (!notice.ok) return new RealtimeError('invalid_payload', notice.error)
    const { actionLabel, expiresInS, ...content } = notice.value
    const created = await hub.notifications.create({
      ...content,
      senderId: principal.userId,
      // Who says it, as the server knows them: a page may claim anything.
      metadata: { from: nameOf(principal.profile) },
      ...(actionLabel !== undefined && { actions: [{ label: actionLabel, action: 'answer' }] }),
      ...(expiresInS !== undefined && { expiresAtMs: hub.clock.now() + expiresInS * 1_000 }),
    })
    return created.ok ? { id: created.value.id } : created.error
  })
}

function nameOf(profile: unknown): string {
  const { name } = (profile ?? {}) as { readonly name?: unknown }
  return typeof name === 'string' ? name : 'Someone'
}
