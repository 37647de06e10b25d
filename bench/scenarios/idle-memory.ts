import type { PeerName } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'
import { connectionsGone } from './connections-gone.ts'

/** Connections whose coming and going loads all code before memory is measured. */
const REHEARSAL = 500

/** Connections that do nothing. */
export const idleMemory: Scenario = {
  name: 'idle-memory',
  about: '5,000 connections in one channel that do nothing; resident memory of the server',
  columns: [
    { key: 'kilobytes', title: 'memory', unit: 'KB/connection', digits: 1 },
    { key: 'emptyMegabytes', title: 'empty server', unit: 'MB', digits: 1 },
  ],
  peers: ['coterie', 'socket.io', 'ws'],
  targets: [
    {
      about: 'more than a bare WebSocket, KB',
      figure: 'kilobytes',
      peer: 'coterie',
      comparedWith: { peer: 'ws', as: 'difference' },
      atMost: 10,
    },
  ],
  async measure(peer, { quick, processes }) {
    const { server, load } = processes()
    const name = peer as PeerName
    const port = await server.call('start', { name, options: {} })
    const open = (connections: number) =>
      load.call('openReceivers', {
        port,
        peer: name,
        subscriptions: Array.from({ length: connections }, () => ['bench:all']),
      })

    await open(REHEARSAL)
    await load.call('dropReceivers', null)
    await connectionsGone(server)
    const emptyBytes = await server.call('readMemory', null)
    const connections = quick ? 1_000 : 5_000
    await open(connections)
    const bytes = await server.call('readMemory', null)
    return {
      kilobytes: (bytes - emptyBytes) / 1_024 / connections,
      emptyMegabytes: emptyBytes / 2 ** 20,
    }
  },
}
