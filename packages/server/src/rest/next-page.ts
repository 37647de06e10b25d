import type { Context } from 'hono'

/**
 * Links the next page of a list (RFC 8288) by a relative URL with changed
 * parameters, which is valid behind any proxy.
 */
export function linkNextPage(context: Context, differing: Readonly<Record<string, string>>): void {
  const query = new URL(context.req.url).searchParams
  query.delete('page')
  for (const [name, value] of Object.entries(differing)) query.set(name, value)
  context.header('Link', `<?${query}>; rel="next"`)
}
