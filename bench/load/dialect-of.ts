import type { PeerName } from '../peers/peer.ts'
import { bareDialect } from './bare-dialect.ts'
import { coterieDialect } from './coterie-dialect.ts'
import type { Dialect } from './dialect.ts'
import { socketIoDialect } from './socket-io-dialect.ts'

/** Returns the dialect that a server speaks. */
export function dialectOf(peer: PeerName): Dialect {
  if (peer === 'socket.io') return socketIoDialect()
  return peer.startsWith('coterie') ? coterieDialect() : bareDialect()
}
