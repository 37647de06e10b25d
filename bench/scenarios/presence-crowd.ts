import type { PeerName } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'

const CHANNEL = 'bench:all'
/** Members that come in one second. */
const RATE = 1_000

/** What is measured, by its name: the same server at two sizes shows how its cost grows. */
const CROWDS: Readonly<Record<string, { readonly peer: PeerName; readonly members: number }>> = {
  'coterie-5k': { peer: 'coterie', members: 5_000 },
  'coterie-10k': { peer: 'coterie', members: 10_000 },
  'socket.io-1k': { peer: 'socket.io', members: 1_000 },
  'socket.io-2k': { peer: 'socket.io', members: 2_000 },
}

/** More users join than a client wants to be told of one by one. */
export const presenceCrowd: Scenario = {
  name: 'presence-crowd',
  about: `members come into one channel, ${RATE.toLocaleString('en')} a second, and each follows who is there`,
  columns: [
    { key: 'kilobytes', title: 'bytes sent', unit: 'KB/member', digits: 1 },
    { key: 'cpuMicros', title: 'server CPU', unit: 'µs/member', digits: 0 },
    { key: 'loopMs', title: 'longest turn of the event loop', unit: 'ms', digits: 0 },
  ],
  peers: Object.keys(CROWDS),
  targets: [
    {
      about: 'bytes grow with the members, not with their square',
      figure: 'kilobytes',
      peer: 'coterie-10k',
      comparedWith: { peer: 'coterie-5k', as: 'ratio' },
      atMost: 1.2,
    },
  ],
  async measure(name, { quick, processes }) {
    const { server, load } = processes()
    const crowd = CROWDS[name]
    if (!crowd) throw new Error(`there is no crowd ${name}`)
    const { peer } = crowd
    const members = crowd.members / (quick ? 2 : 1)
    const port = await server.call('start', { name: peer, options: {} })
    const plan = { port, peer }
    // The first is the rehearsal: what runs for the first time is slow.
    const rehearsal = { members: 200, channel: 'bench:rehearsal', overMs: 400 }
    await load.call('joinMembers', { ...plan, ...rehearsal })
    await server.call('startCpu', null)
    await server.call('startLoopDelay', null)
    const { bytes } = await load.call('joinMembers', {
      ...plan,
      members,
      channel: CHANNEL,
      overMs: (members / RATE) * 1_000,
    })
    return {
      kilobytes: bytes / 1_024 / members,
      cpuMicros: (await server.call('readCpu', null)) / members,
      loopMs: await server.call('readLoopDelay', null),
    }
  },
}
