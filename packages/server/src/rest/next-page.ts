import { RealtimeError } from '@coterie/protocol'
import type { Context } from 'hono'

/**
 * Says where the next page of a list is (RFC 8288), by what differs from the
 * address of this one: that holds behind any proxy.
 */
export function linkNextPage(context: Context, differing: Readonly<Record<string, string>>): void {
  const query = new URL(context.req.url).searchParams
  query.delete('page')
  for (const [name, value] of Object.entries(differing)) query.set(name, value)
  context.header('Link', `<?${query}>; rel="next"`)
}

/** Refuses a list that is asked for by page and by cursor. */
export function refuseBoth(page: number | undefined, cursor: string | undefined): void {
  if (page === undefined || cursor === undefined) return
  throw new RealtimeError('invalid_payload', 'cursor: give it or page, not both', {
    details: {
      field: 'cursor',
    },
  })
}
