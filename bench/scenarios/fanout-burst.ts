import type { PeerName } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'
import { FANOUT_COLUMNS, measureFanout } from './fanout.ts'
import { plan } from './fanout-steady.ts'

const EVENTS_PER_TICK = 8

/** Eight events a tick to 1,000 receivers. */
export const fanoutBurst: Scenario = {
  name: 'fanout-burst',
  about: '1 channel, 1,000 receivers, 128 B, eight events a tick',
  columns: FANOUT_COLUMNS,
  peers: ['coterie', 'socket.io', 'ws', 'ws-joined'],
  targets: [
    { about: 'server CPU a delivery', figure: 'cpuMicros', peer: 'coterie', atMost: 1.1 },
    {
      about: 'against the least that Node can do',
      figure: 'cpuMicros',
      peer: 'coterie',
      comparedWith: { peer: 'ws-joined', as: 'ratio' },
      atMost: 1.3,
    },
  ],
  measure: (peer, context) =>
    measureFanout(peer as PeerName, plan(context, EVENTS_PER_TICK), context),
}
