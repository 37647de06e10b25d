import type { Clock } from '../ports/clock.ts'
import type { HeartbeatConfig } from './heartbeat-config.ts'
import { HeartbeatMonitor } from './heartbeat-monitor.ts'

/** Watches the clients of a hub: whoever is given up leaves all channels. */
export class HubHeartbeat extends HeartbeatMonitor {
  readonly #disconnect: (clientId: string) => void

  constructor(
    config: HeartbeatConfig | undefined,
    clock: Clock,
    disconnect: (clientId: string) => void,
  ) {
    super(config, clock)
    this.#disconnect = disconnect
  }

  /** Stops watching dead clients, takes them out of their channels, and returns them. */
  override evictDead(): string[] {
    const dead = super.evictDead()
    for (const clientId of dead) this.#disconnect(clientId)
    return dead
  }
}
