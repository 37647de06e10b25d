import type { CreatePeer, PeerName } from './peer.ts'

/** Loads the server of a name, and nothing of the others: memory is measured too. */
export async function loadPeer(name: PeerName): Promise<CreatePeer> {
  switch (name) {
    case 'coterie':
      return (await import('./coterie.ts')).createCoterie
    case 'coterie-sqlite':
      return (await import('./coterie.ts')).createCoterieSqlite
    case 'coterie-guarded':
      return (await import('./coterie.ts')).createCoterieGuarded
    case 'coterie-guarded-sqlite':
      return (await import('./coterie.ts')).createCoterieGuardedSqlite
    case 'socket.io':
      return (await import('./socket-io.ts')).createSocketIo
    case 'ws':
      return (await import('./bare-ws.ts')).createBareWs
    case 'ws-joined':
      return (await import('./joined-ws.ts')).createJoinedWs
    case 'http-sse':
      return (await import('./http-sse.ts')).createHttpSse
  }
}
