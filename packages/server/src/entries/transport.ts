/** `@coterie/server/transport`: what carries a connection, and what it tells the hub. */

export type { Peer } from '../core/peer.ts'
export type { StreamStart } from '../core/stream-join.ts'
export type * from '../ports/transport.ts'
