import type { PeerName } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'
import { INGEST_COLUMNS, measureIngest, SQLITE_TARGETS } from './measure-ingest.ts'

/** Clients that publish so that a repetition changes nothing, as ours always do. */
export const ingestOnce: Scenario = {
  name: 'ingest-once',
  about: 'like ingest, and each event has a message id by which a repetition would be dropped',
  columns: INGEST_COLUMNS,
  peers: ['coterie', 'coterie-sqlite'],
  targets: SQLITE_TARGETS,
  measure: (peer, context) => measureIngest(peer as PeerName, context, { messageIds: true }),
}
