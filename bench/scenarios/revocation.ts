import { tokenFor } from '../peers/attacked.ts'
import { nowMicros } from '../peers/payload.ts'
import type { PeerName } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'
import { connectionsGone } from './connections-gone.ts'

const OTHERS = 2_000
const CONNECTIONS = 50
/** How long a revoked credential may still be accepted, in ms. */
const GOAL_MS = 1_000
const USER = 'revoked'
const PEERS = ['coterie', 'coterie-sqlite']

/** A user whose tokens are revoked while very many others are connected. */
export const revocation: Scenario = {
  name: 'revocation',
  about: `the tokens of a user with ${CONNECTIONS} connections are revoked beside ${OTHERS.toLocaleString('en')} others`,
  columns: [
    { key: 'answeredMs', title: 'until it is answered', unit: 'ms', digits: 0 },
    { key: 'closedMs', title: 'until all are closed', unit: 'ms', digits: 0 },
    { key: 'cpuMs', title: 'server CPU', unit: 'ms', digits: 0 },
  ],
  peers: PEERS,
  targets: PEERS.flatMap((peer) =>
    ['answeredMs', 'closedMs'].map((figure) => ({
      about: 'revocation counts within a second',
      figure,
      peer,
      atMost: GOAL_MS,
    })),
  ),
  async measure(peer, { quick, processes }) {
    const { server, load } = processes()
    const others = quick ? OTHERS / 5 : OTHERS
    const port = await server.call('start', {
      name: peer as PeerName,
      options: { attacked: true },
    })
    await load.call('openTokenHolders', {
      port,
      token: tokenFor(USER),
      connections: CONNECTIONS,
      others: Array.from({ length: others }, (_, n) => tokenFor(`other-${n}`)),
    })
    await server.call('startCpu', null)
    const ended = load.call('tokenHoldersEnded', null)
    const beganMicros = nowMicros()
    await server.call('revoke', USER)
    const answeredMs = (nowMicros() - beganMicros) / 1_000
    const closedMs = ((await ended) - beganMicros) / 1_000
    const cpuMs = (await server.call('readCpu', null)) / 1_000
    await connectionsGone(server, others)
    const left = await server.call('countConnections', null)
    if (left < others) throw new Error(`${others - left} connections of others were closed`)
    return { answeredMs, closedMs, cpuMs }
  },
}
