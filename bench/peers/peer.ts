import type { Server } from 'node:http'

/** Every server that can be measured. */
export const PEER_NAMES = [
  'coterie',
  'coterie-sqlite',
  'coterie-guarded',
  'coterie-guarded-sqlite',
  'socket.io',
  'ws',
  'ws-joined',
  'http-sse',
] as const

/** The name of a server that can be measured. */
export type PeerName = (typeof PEER_NAMES)[number]

/** What a scenario asks of a server beyond fan-out. */
export interface PeerOptions {
  /** Keeps published events for returning clients. */
  readonly history?: boolean
  /** Events that are kept then. */
  readonly historySize?: number
  /** All connections are in the one channel, where a server has a shorter way for that. */
  readonly singleChannel?: boolean
  /** Asks for tokens and has the limits that everybody has; only Coterie is attacked. */
  readonly attacked?: boolean
}

/** A server under measurement, in a process of its own. */
export interface Peer {
  /** Publishes to everyone in a channel, as the application does: in process. */
  publish(channel: string, payload: string): void
  /** Ends a tick, for a server that writes once in each. */
  endTick(): void
  /** Revokes the tokens of a user; resolves when the application is answered. */
  revoke?(userId: string): Promise<void>
}

/** Makes a server that listens through the HTTP server it is given. */
export type CreatePeer = (server: Server, options: PeerOptions) => Promise<Peer> | Peer
