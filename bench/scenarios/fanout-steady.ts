import type { PeerName } from '../peers/peer.ts'
import type { RunContext, Scenario } from '../scenario.ts'
import { FANOUT_COLUMNS, type FanoutPlan, measureFanout } from './fanout.ts'

const CHANNEL = 'bench:all'

/** One event a tick to 1,000 receivers. */
export const fanoutSteady: Scenario = {
  name: 'fanout-steady',
  about: '1 channel, 1,000 receivers, 128 B, one event a tick',
  columns: FANOUT_COLUMNS,
  peers: ['coterie', 'socket.io', 'ws', 'ws-joined'],
  targets: [
    {
      about: 'against the least that Node can do',
      figure: 'cpuMicros',
      peer: 'coterie',
      comparedWith: { peer: 'ws-joined', as: 'ratio' },
      atMost: 1.3,
    },
  ],
  measure: (peer, context) => measureFanout(peer as PeerName, plan(context, 1), context),
}

/** Plans the fan-out of one channel to all. */
export function plan({ quick }: RunContext, eventsPerTick: number): FanoutPlan {
  const connections = quick ? 200 : 1_000
  const ticks = quick ? 50 : eventsPerTick === 1 ? 400 : 150
  const each = ticks * eventsPerTick
  return {
    subscriptions: Array.from({ length: connections }, () => [CHANNEL]),
    publish: { channels: [CHANNEL], events: each, eventsPerTick, restMs: 10 },
    each,
    warmUpRounds: 1,
  }
}
