const PREFIX = '/api/realtime'

/**
 * Resolves the address of the WebSocket endpoint.
 *
 * A `ws:` address with a path is used unchanged. An `http:` address or a bare
 * path is the server's prefix, to which `/ws` is added where it is missing. An
 * address without a path means `/api/realtime/ws`.
 *
 * @throws {TypeError} when the address is invalid
 */
export function resolveEndpoint(url: string | undefined, origin: string | undefined): string {
  const given = url ?? origin
  const address = given === undefined ? undefined : parseUrl(given, origin)
  const protocol = address?.protocol.replace('http', 'ws') ?? ''
  if (!address || !/^wss?:$/.test(protocol)) {
    throw new TypeError(
      `url: ${JSON.stringify(given)} is not an address; expected ws://…, wss://…, http://…, https://… or, in a page, a path such as "${PREFIX}"`,
    )
  }
  const isEndpoint = address.protocol.startsWith('ws')
  const path = address.pathname.replace(/\/+$/, '')
  if (path === '') address.pathname = `${PREFIX}/ws`
  else if (!isEndpoint && !path.endsWith('/ws')) address.pathname = `${path}/ws`
  address.protocol = protocol
  address.hash = ''
  return address.href
}

/**
 * Derives the addresses for SSE from the address of the WebSocket endpoint.
 *
 * They are siblings: `wss://host/prefix/ws` has `https://host/prefix/events`.
 */
export function deriveSseEndpoints(url: string): { events: string; frames: string } {
  const prefix = deriveRestPrefix(url)
  // The query may hold a ticket, which is valid for a single use.
  return { events: `${prefix}/events${new URL(url).search}`, frames: `${prefix}/frames` }
}

/** Derives the prefix of all REST paths from the WebSocket endpoint. */
export function deriveRestPrefix(url: string): string {
  const address = new URL(url)
  address.protocol = address.protocol.replace('ws', 'http')
  address.pathname = address.pathname.replace(/\/(ws)?$/, '')
  address.search = ''
  return address.href.replace(/\/$/, '')
}

// `URL.parse` is missing in some browsers that this still supports.
function parseUrl(url: string, base: string | undefined): URL | undefined {
  try {
    return new URL(url, base)
  } catch {
    return undefined
  }
}
