import { RealtimeError } from '@coterie/protocol'
import { Hono } from 'hono'
import type { Tickets } from '../auth/tickets.ts'
import type { HandshakeHeaders, Identification } from '../transports/handshake.ts'
import { errorResponse } from './error-response.ts'

/** What giving out tickets needs of the hub. */
export interface TicketsRoutesParts {
  readonly identification: Identification
  readonly tickets: Tickets
}

/** Gives a user something short-lived to put into a URL, where a token must not stand. */
export function ticketsRoutes({ identification, tickets }: TicketsRoutesParts): Hono {
  const app = new Hono()
  app.post('/tickets', async (context) => {
    const headers = context.req.header() as HandshakeHeaders
    const identified = await identification.identify(headers, new URLSearchParams())
    if (!identified.ok) return errorResponse(identified.error)
    if (!identified.value) {
      const hint = 'send "Authorization: Bearer <token>" of the user who is to connect'
      return errorResponse(new RealtimeError('unauthorized', hint))
    }
    const { ticket, expiresAtMs } = tickets.issue(identified.value)
    context.header('Cache-Control', 'no-store')
    return context.json({ ticket, expires_at: new Date(expiresAtMs).toISOString() })
  })
  return app
}
