import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** A handler of its own paths on a server that belongs to an application. */
export interface ServerGuest {
  /** Tells whether a request belongs to this guest alone. */
  owns(request: IncomingMessage): boolean
  /** Answers a request of its own paths, or one that nobody else answers. */
  respond(request: IncomingMessage, response: ServerResponse): void
  /** Does the same for an upgrade request. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** The arguments of a server's request event. */
type RequestEvent = readonly [request: IncomingMessage, response: ServerResponse]
type UpgradeEvent = readonly [request: IncomingMessage, socket: Duplex, head: Buffer]

const GUESTS = new WeakMap<Server, ServerGuest[]>()
/** Node passes upgrade requests on only if there is a listener. */
const asksForUpgrades = (): void => {}

/**
 * Lets a guest answer its own requests on a server before any listener of the
 * server's owner, whenever that listener was added.
 *
 * With several guests, the last one added goes first. Idempotent.
 */
export function addGuest(server: Server, guest: ServerGuest): void {
  const known = GUESTS.get(server)
  if (known?.includes(guest)) return
  if (known) {
    known.unshift(guest)
    return
  }
  const guests = [guest]
  GUESTS.set(server, guests)
  server.on('upgrade', asksForUpgrades)
  // A listener could answer, but could not stop listeners added later from answering too.
  const emit = server.emit.bind(server)
  server.emit = (event: string, ...details: unknown[]): boolean =>
    isTaken(server, guests, event, details) || emit(event, ...details)
}

function isTaken(
  server: Server,
  guests: readonly ServerGuest[],
  event: string,
  details: readonly unknown[],
): boolean {
  if (event === 'request' || event === 'checkContinue') {
    const [request, response] = details as unknown as RequestEvent
    const isForNobody = event === 'request' && server.listenerCount('request') === 0
    const guest = guestFor(guests, request, isForNobody)
    if (guest && event === 'checkContinue') response.writeContinue()
    guest?.respond(request, response)
    return guest !== undefined
  }
  if (event !== 'upgrade') return false
  const [request, socket, head] = details as unknown as UpgradeEvent
  const guest = guestFor(guests, request, server.listenerCount('upgrade') === 1)
  guest?.upgrade(request, socket, head)
  return guest !== undefined
}

function guestFor(
  guests: readonly ServerGuest[],
  request: IncomingMessage,
  isForNobody: boolean,
): ServerGuest | undefined {
  return guests.find((guest) => guest.owns(request)) ?? (isForNobody ? guests[0] : undefined)
}
