import type { PeerName } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'
import {
  INGEST_COLUMNS,
  measureIngest,
  PUBLISHERS,
  SQLITE_TARGETS,
  WINDOW,
} from './measure-ingest.ts'

/** Clients that publish as fast as they are acknowledged. */
export const ingest: Scenario = {
  name: 'ingest',
  about: `${PUBLISHERS} publishers over sockets, ${WINDOW} unacknowledged events each; Coterie keeps history`,
  columns: INGEST_COLUMNS,
  peers: ['coterie', 'coterie-sqlite', 'socket.io', 'ws'],
  targets: SQLITE_TARGETS,
  measure: (peer, context) => measureIngest(peer as PeerName, context, { messageIds: false }),
}
