import type { PeerName } from '../peers/peer.ts'
import type { Scenario } from '../scenario.ts'
import { FANOUT_COLUMNS, measureFanout } from './fanout.ts'

const SUBSCRIPTIONS = 20

/** Many small channels, as of conversations or documents. */
export const manyChannels: Scenario = {
  name: 'many-channels',
  about: `1,000 channels, 1,000 connections in ${SUBSCRIPTIONS} each, 128 B, 50 events a tick`,
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
  measure(peer, context) {
    const size = context.quick ? 200 : 1_000
    const rounds = context.quick ? 5 : 15
    const channels = Array.from({ length: size }, (_, index) => `bench:${index}`)
    // Spread out, so that each connection gets one of a tick's events.
    const step = size / SUBSCRIPTIONS
    const subscriptions = channels.map((_, connection) =>
      Array.from(
        { length: SUBSCRIPTIONS },
        (_, index) => channels[(connection + index * step) % size] as string,
      ),
    )
    return measureFanout(
      peer as PeerName,
      {
        subscriptions,
        publish: {
          channels,
          events: size * rounds,
          eventsPerTick: step,
          restMs: 10,
        },
        each: SUBSCRIPTIONS * rounds,
        warmUpRounds: 1,
      },
      context,
    )
  },
}
