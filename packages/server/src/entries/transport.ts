/** `@coterie/server/transport`: what carries a connection, and what it tells the hub. */
export type { StreamStart } from '../core/stream-join.ts'
export type { Peer } from '../peer.ts'
export type * from '../ports/transport.ts'
