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
