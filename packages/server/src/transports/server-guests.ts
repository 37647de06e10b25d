import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Who serves paths of their own on a server that belongs to somebody else. */
export interface ServerGuest {
  /** Tells whether a request is for the guest alone. */
  owns(request: IncomingMessage): boolean
  /** Answers a request of its own, or one that nobody else is there for. */
  respond(request: IncomingMessage, response: ServerResponse): void
  /** The same for a request to become another protocol. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** What a server tells of a request that is to be answered. */
type RequestEvent = readonly [request: IncomingMessage, response: ServerResponse]
type UpgradeEvent = readonly [request: IncomingMessage, socket: Duplex, head: Buffer]

const GUESTS = new WeakMap<Server, ServerGuest[]>()
/** Node hands upgrades over only where somebody listens for them. */
const asksForUpgrades = (): void => {}

/**
 * Lets a guest answer its own requests on a server, before any listener of the
 * server's owner hears of them, whenever that was added.
 *
 * Of several guests the one that came last goes first. Idempotent.
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
  // A listener could answer, but not keep those that are added after it from answering too.
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
