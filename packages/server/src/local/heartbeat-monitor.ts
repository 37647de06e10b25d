import type { Clock } from '../ports/clock.ts'
import { sleep } from '../ports/sleep.ts'
import { consoleLogger } from '../system/console-logger.ts'
import { systemClock } from '../system/system-clock.ts'
import {
  type HeartbeatConfig,
  type ResolvedHeartbeat,
  resolveHeartbeat,
} from './heartbeat-config.ts'
import { callBack, type HeartbeatLoop } from './heartbeat-loop.ts'
import { formatSseEvent, KEEPALIVE_COMMENT } from './sse-event.ts'

/** Statistics of heartbeats. */
export interface HeartbeatStats {
  readonly monitoredClients: number
  readonly totalPings: number
  readonly totalPongs: number
  readonly totalTimeouts: number
  /** Clients that have timed out and not answered since. */
  readonly timedOutClients: number
}

interface Monitored {
  /** Monotonic, in ms. */
  seenAtMs: number
  retries: number
  lastEventId: string | null
  /** True while the callback of the last ping is under way. */
  isPinging: boolean
}

/**
 * Tells which clients are alive, by when each was last heard.
 *
 * It has no timer, except that `runHeartbeatLoop` has one for all clients.
 */
export class HeartbeatMonitor<Client = string> {
  readonly #clock: Clock
  readonly #config: ResolvedHeartbeat
  readonly #clients = new Map<Client, Monitored>()
  #pings = 0
  #pongs = 0
  #timeouts = 0

  /** @throws {RealtimeError} `invalid_payload` for a bad value, naming the field */
  constructor(config: HeartbeatConfig = {}, clock: Clock = systemClock) {
    this.#clock = clock
    this.#config = resolveHeartbeat(config)
  }

  /** Begins to watch a client, which counts as heard now. */
  register(client: Client, lastEventId: string | null = null): void {
    const seenAtMs = this.#clock.elapsed()
    this.#clients.set(client, { seenAtMs, retries: 0, lastEventId, isPinging: false })
  }

  /** Stops watching a client; false when it was not watched. */
  unregister(client: Client): boolean {
    return this.#clients.delete(client)
  }

  /** Tells whether a client is watched. */
  has(client: Client): boolean {
    return this.#clients.has(client)
  }

  /** Counts a ping that was sent; false for a client that is not watched. */
  ping(client: Client): boolean {
    if (!this.#clients.has(client)) return false
    this.#pings += 1
    return true
  }

  /** Notes a sign of life; false for a client that is not watched. */
  pong(client: Client): boolean {
    const monitored = this.#clients.get(client)
    if (!monitored) return false
    this.#pongs += 1
    monitored.seenAtMs = this.#clock.elapsed()
    monitored.retries = 0
    return true
  }

  /** Tells whether a client is watched and has not timed out. */
  isAlive(client: Client): boolean {
    const monitored = this.#clients.get(client)
    return monitored !== undefined && this.#silentMs(monitored) < this.#timeoutMs
  }

  /**
   * Returns the clients that have been silent for another timeout since they
   * were last heard or returned here.
   */
  checkTimeouts(): Client[] {
    const timedOut: Client[] = []
    for (const [client, monitored] of this.#clients) {
      const due = Math.floor(this.#silentMs(monitored) / this.#timeoutMs)
      if (due <= monitored.retries || monitored.retries >= this.#config.maxRetries) continue
      monitored.retries = Math.min(due, this.#config.maxRetries)
      this.#timeouts += 1
      timedOut.push(client)
    }
    return timedOut
  }

  /** Returns the clients that have missed as many timeouts as there may be. */
  getDeadClients(): Client[] {
    const dead: Client[] = []
    for (const [client, { retries }] of this.#clients) {
      if (retries >= this.#config.maxRetries) dead.push(client)
    }
    return dead
  }

  /** Stops watching dead clients and returns them. */
  evictDead(): Client[] {
    const dead = this.getDeadClients()
    for (const client of dead) this.#clients.delete(client)
    return dead
  }

  /** Notes the last event that a client was sent; false for one that is not watched. */
  setLastEventId(client: Client, id: string): boolean {
    const monitored = this.#clients.get(client)
    if (monitored) monitored.lastEventId = id
    return monitored !== undefined
  }

  /** Returns from where a client is to resume; null when it is not known. */
  getLastEventId(client: Client): string | null {
    return this.#clients.get(client)?.lastEventId ?? null
  }

  /** What the monitor was made with, its defaults filled in. */
  get config(): ResolvedHeartbeat {
    return this.#config
  }

  sseKeepaliveComment(): string {
    return KEEPALIVE_COMMENT
  }

  sseRetryField(): string {
    return `retry: ${this.#config.sseRetryMs}\n\n`
  }

  sseHeartbeatEvent(): string {
    return `retry: ${this.#config.sseRetryMs}\n: heartbeat\n\n`
  }

  /**
   * Writes an event that also tells when to connect again.
   *
   * @throws {RealtimeError} `invalid_payload` for an event or id with a line end or NUL
   */
  makeSseEvent(data: string, event?: string, id?: string): string {
    return formatSseEvent({ data, event, id, retry: this.#config.sseRetryMs })
  }

  /**
   * Pings all clients each interval, and gives up the dead, until the signal aborts.
   *
   * It waits for no callback: one that throws or takes its time costs its client
   * alone, which is pinged again once the ping before is done.
   */
  async runHeartbeatLoop(loop: HeartbeatLoop<Client> = {}): Promise<void> {
    const { signal } = loop
    while (!signal?.aborted) {
      await sleep(this.#clock, this.#config.intervalSecs * 1_000, signal)
      if (signal?.aborted) return
      this.#beat(loop)
    }
  }

  stats(): HeartbeatStats {
    let timedOutClients = 0
    for (const { retries } of this.#clients.values()) if (retries > 0) timedOutClients += 1
    return {
      monitoredClients: this.#clients.size,
      totalPings: this.#pings,
      totalPongs: this.#pongs,
      totalTimeouts: this.#timeouts,
      timedOutClients,
    }
  }

  /** Returns what is known of each client, for people to read. */
  clientInfo(): Map<Client, { alive: string; retries: string; last_pong_ago_secs: string }> {
    return new Map(
      [...this.#clients].map(([client, monitored]) => [
        client,
        {
          alive: String(this.isAlive(client)),
          retries: String(monitored.retries),
          last_pong_ago_secs: (this.#silentMs(monitored) / 1_000).toFixed(1),
        },
      ]),
    )
  }

  #beat({ onPing, onTimeout, onDead, onError = logFailure }: HeartbeatLoop<Client>): void {
    for (const client of this.checkTimeouts()) callBack(client, onTimeout, onError)
    for (const client of this.evictDead()) callBack(client, onDead, onError)
    for (const [client, monitored] of [...this.#clients]) {
      // An earlier callback may have taken the client out, or let it begin anew.
      if (monitored.isPinging || this.#clients.get(client) !== monitored) continue
      this.ping(client)
      const called = callBack(client, onPing, onError)
      if (!called) continue
      monitored.isPinging = true
      void called.then(() => {
        monitored.isPinging = false
      })
    }
  }

  #silentMs({ seenAtMs }: Monitored): number {
    return this.#clock.elapsed() - seenAtMs
  }

  get #timeoutMs(): number {
    return this.#config.timeoutSecs * 1_000
  }
}

function logFailure(error: unknown, client: unknown): void {
  consoleLogger.error({ client, error }, 'a callback of the heartbeat loop failed')
}
