import { RealtimeError } from '@coterie/protocol'
import type { Tickets } from '../auth/tickets.ts'
import { isoTime } from '../core/iso-time.ts'
import type { Callers } from './caller.ts'
import { createTicket } from './contracts/access.ts'
import type { RestRouter } from './rest-router.ts'
import { unwrap } from './unwrap.ts'

/** Issues a user a short-lived ticket for URLs, where a token must not appear. */
export function serveTickets(router: RestRouter, callers: Callers, tickets: Tickets): void {
  router.serve(createTicket, async (context) => {
    const user = unwrap(await callers.countedUser(context))
    if (!user) {
      callers.noteRefused()
      const hint = 'send "Authorization: Bearer <token>" of the user who is to connect'
      throw new RealtimeError('unauthorized', hint)
    }
    const { ticket, expiresAtMs } = tickets.issue(user)
    return context.json({ ticket, expires_at: isoTime(expiresAtMs) }, 200)
  })
}
