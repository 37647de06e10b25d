/** Query parameters that replace `Last-Event-ID`, without case and separators. */
const NAMES: readonly string[] = ['since', 'lasteventid']

/**
 * Finds the id of the last event that a client received.
 *
 * The header comes first: a browser that reconnects sends it together with the
 * URL of its first request, whose query is older. An empty header is ignored.
 *
 * @param header the value of `Last-Event-ID`
 * @param query `since`, or `lastEventId` in any common spelling
 */
export function lastEventId(
  header: string | undefined,
  query: URLSearchParams,
): string | undefined {
  if (header) return header
  for (const wanted of NAMES) {
    for (const [name, value] of query) {
      if (value !== '' && plainName(name) === wanted) return value
    }
  }
  return undefined
}

/** Tells whether a query parameter replaces `Last-Event-ID`. */
export function isLastEventIdName(name: string): boolean {
  return NAMES.includes(plainName(name))
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}
