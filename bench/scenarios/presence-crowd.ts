import type { Scenario } from '../scenario.ts'

const CHANNEL = 'bench:all'
/** Members that come in one second. */
const RATE = 1_000
const SMALL = '5,000 members'
const LARGE = '10,000 members'

/** More come than anybody wants to hear of one by one. */
export const presenceCrowd: Scenario = {
  name: 'presence-crowd',
  about: `members come into one channel, ${RATE.toLocaleString('en')} a second, and each follows who is there`,
  columns: [
    { key: 'kilobytes', title: 'bytes sent', unit: 'KB/member', digits: 1 },
    { key: 'cpuMicros', title: 'server CPU', unit: 'µs/member', digits: 0 },
    { key: 'loopMs', title: 'longest turn of the event loop', unit: 'ms', digits: 0 },
  ],
  peers: [SMALL, LARGE],
  targets: [
    {
      about: 'bytes grow with the members, not with their square',
      figure: 'kilobytes',
      peer: LARGE,
      comparedWith: { peer: SMALL, as: 'ratio' },
      atMost: 1.2,
    },
  ],
  async measure(size, { quick, processes }) {
    const { server, load } = processes()
    const members = (size === SMALL ? 5_000 : 10_000) / (quick ? 2 : 1)
    const port = await server.call('start', { name: 'coterie', options: {} })
    const plan = { port, peer: 'coterie' as const }
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
