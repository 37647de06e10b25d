import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UserId } from '@coterie/protocol'
import { createHub, createSqliteEngine, type HubOptions, type Principal } from '@coterie/server'
import { ATTACKED, makeLockedRooms } from './attacked.ts'
import type { Peer, PeerOptions } from './peer.ts'

/** Above anything that a load sends, because refusals are not measured. */
const NO_LIMIT = 1_000_000_000

/** Makes a hub whose engine is in memory. */
export function createCoterie(server: Server, options: PeerOptions): Promise<Peer> {
  return startHub(server, hubOptions(options), options)
}

/** Makes a hub whose log is an SQLite file, with the default durability. */
export function createCoterieSqlite(server: Server, options: PeerOptions): Promise<Peer> {
  return startHub(server, { ...hubOptions(options), engine: createFileEngine() }, options)
}

function createFileEngine() {
  const folder = mkdtempSync(join(tmpdir(), 'coterie-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return createSqliteEngine({ path: join(folder, 'bench.db'), durability: 'normal' })
}

/** Makes a hub with the limits that it has by default; a token is the name of its user. */
export function createCoterieGuarded(server: Server): Promise<Peer> {
  return startHub(server, GUARDED)
}

/** Makes the same with the SQLite engine. */
export function createCoterieGuardedSqlite(server: Server): Promise<Peer> {
  return startHub(server, { ...GUARDED, engine: createFileEngine() })
}

const GUARDED: HubOptions = {
  engine: 'memory',
  store: 'memory',
  anonymous: true,
  channels: {
    'open:#': { publish: 'authenticated', history: { size: 10_000, ttlMs: 600_000 } },
    'bench:*': { subscribe: 'public', publish: 'public' },
  },
  authenticator: {
    authenticate: async (token) => ({ ok: true, value: principalOf(token) }),
  },
}

function principalOf(token: string): Principal {
  return {
    userId: token as UserId,
    isAnonymous: false,
    tenant: undefined,
    grants: [{ channels: 'open:#', actions: ['*'] }],
    profile: undefined,
    expiresAtMs: undefined,
  }
}

function hubOptions({
  history: keeps = false,
  historySize,
  attacked = false,
}: PeerOptions): HubOptions {
  if (attacked) return ATTACKED
  const history = keeps && historySize !== undefined ? { size: historySize } : keeps
  return {
    anonymous: true,
    channels: { 'bench:*': { subscribe: 'public', publish: 'public', history, presence: true } },
    // All load comes from one address, and as fast as it can.
    limits: {
      framesPerSecond: NO_LIMIT,
      framesBurst: NO_LIMIT,
      bytesPerSecond: 0,
      userFramesPerSecond: 0,
      userBytesPerSecond: 0,
      newChannelsPerSecond: 0,
      joinsPerSecond: 0,
      connectsPerSecond: 0,
      connectionsPerAddress: 0,
      unidentifiedPerAddress: 0,
    },
  }
}

async function startHub(
  server: Server,
  options: HubOptions,
  { attacked = false }: PeerOptions = {},
): Promise<Peer> {
  const hub = createHub(options)
  await hub.start()
  if (attacked) await makeLockedRooms(hub)
  hub.attach(server)
  return {
    publish(channel, payload) {
      void hub.publish(channel, 'message', payload).then((published) => {
        if (!published.ok) throw published.error
      })
    },
    endTick() {},
    async revoke(userId) {
      const revoked = await hub.revoke({ userId })
      if (!revoked.ok) throw revoked.error
    },
  }
}
