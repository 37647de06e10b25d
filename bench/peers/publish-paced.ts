import { setTimeout as delay } from 'node:timers/promises'
import { timedPayload } from './payload.ts'
import type { Peer } from './peer.ts'

/** What a server publishes, and how fast. */
export interface PublishPlan {
  /** Events go to these in turn. */
  readonly channels: readonly string[]
  readonly events: number
  readonly eventsPerTick: number
  /** Rest between the end of one tick's work and the next, in ms. */
  readonly restMs: number
  /** @default 128 */
  readonly payloadBytes?: number
}

/** Publishes in bursts with a rest between, so that a slow server falls back and not behind. */
export async function publishPaced(peer: Peer, plan: PublishPlan): Promise<void> {
  const { channels, events, eventsPerTick, restMs, payloadBytes } = plan
  for (let published = 0; published < events; ) {
    for (let inTick = 0; inTick < eventsPerTick && published < events; inTick += 1) {
      peer.publish(channels[published % channels.length] as string, timedPayload(payloadBytes))
      published += 1
    }
    peer.endTick()
    await delay(restMs)
  }
}
