import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHub, createSqliteEngine, type HubOptions } from '@coterie/server'
import type { Peer, PeerOptions } from './peer.ts'

/** Above anything that a load sends: refusing is not what is measured. */
const NO_LIMIT = 1_000_000_000

/** Makes a hub whose engine is in memory. */
export function createCoterie(server: Server, options: PeerOptions): Promise<Peer> {
  return startHub(server, hubOptions(options))
}

/** Makes a hub whose log is an SQLite file, with the default durability. */
export function createCoterieSqlite(server: Server, options: PeerOptions): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'coterie-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const engine = createSqliteEngine({ path: join(folder, 'bench.db'), durability: 'normal' })
  return startHub(server, { ...hubOptions(options), engine })
}

function hubOptions({ history: keeps = false, historySize }: PeerOptions): HubOptions {
  const history = keeps && historySize !== undefined ? { size: historySize } : keeps
  return {
    anonymous: true,
    channels: { 'bench:*': { subscribe: 'public', publish: 'public', history, presence: true } },
    // All load comes from one address, and as fast as it can.
    limits: {
      framesPerSecond: NO_LIMIT,
      framesBurst: NO_LIMIT,
      bytesPerSecond: 0,
      joinsPerSecond: 0,
      connectsPerSecond: 0,
      connectionsPerAddress: 0,
      unidentifiedPerAddress: 0,
    },
  }
}

async function startHub(server: Server, options: HubOptions): Promise<Peer> {
  const hub = createHub(options)
  await hub.start()
  hub.attach(server)
  return {
    publish(channel, payload) {
      void hub.publish(channel, 'message', payload).then((published) => {
        if (!published.ok) throw published.error
      })
    },
    endTick() {},
  }
}
