import type { PeerName } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'

const CHANNEL = 'bench:all'
const OVER_MS = 2_000

/** A meeting begins. */
export const presenceJoin: Scenario = {
  name: 'presence-join',
  about: '1,000 members come into one channel within two seconds, and each follows who is there',
  columns: [
    { key: 'snapshots', title: 'bytes sent', unit: 'snapshots/member', digits: 2 },
    { key: 'megabytes', title: 'in all', unit: 'MB', digits: 1 },
    { key: 'cpuMs', title: 'server CPU', unit: 'ms', digits: 0 },
    { key: 'loopMs', title: 'longest turn of the event loop', unit: 'ms', digits: 0 },
    { key: 'completeMs', title: 'until the last was told', unit: 'ms', digits: 0 },
  ],
  peers: ['coterie', 'coterie-sqlite', 'socket.io'],
  targets: [
    {
      about: 'bytes, in snapshots of all who are there at the end',
      figure: 'snapshots',
      peer: 'coterie',
      atMost: 3,
    },
    { about: 'the event loop goes round, in ms', figure: 'loopMs', peer: 'coterie', atMost: 100 },
    {
      about: 'the event loop goes round, in ms',
      figure: 'loopMs',
      peer: 'coterie-sqlite',
      atMost: 100,
    },
  ],
  async measure(peer, { quick, processes }) {
    const { server, load } = processes()
    const name = peer as PeerName
    const members = quick ? 200 : 1_000
    const port = await server.call('start', { name, options: {} })
    const plan = { port, peer: name, overMs: OVER_MS }
    // The first is the rehearsal: what runs for the first time is slow.
    await load.call('joinMembers', { ...plan, members: 100, channel: 'bench:rehearsal' })
    await server.call('startCpu', null)
    await server.call('startLoopDelay', null)
    const joined = await load.call('joinMembers', { ...plan, members, channel: CHANNEL })
    const { bytes, snapshotBytes, completeMs } = joined
    return {
      snapshots: bytes / (members * snapshotBytes),
      megabytes: bytes / 2 ** 20,
      cpuMs: (await server.call('readCpu', null)) / 1_000,
      loopMs: await server.call('readLoopDelay', null),
      completeMs,
    }
  },
}
