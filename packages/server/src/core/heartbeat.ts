import { CLOSE_CODES } from '@coterie/protocol'
import { HeartbeatMonitor, type HeartbeatStats } from '../local/heartbeat-monitor.ts'
import type { Clock } from '../ports/clock.ts'
import type { Connection } from './connection.ts'
import { OutgoingFrame } from './outgoing-frame.ts'

const SLOTS = 16

/** When silent connections are pinged, and when they are closed. */
export interface HeartbeatOptions {
  /** Each connection is pinged once in this time, in ms. */
  readonly intervalMs: number
  /** A connection silent for this long is closed with 4009, in ms. */
  readonly timeoutMs: number
}

/** Pings all connections with one timer, one slot of them at a time. */
export class Heartbeat {
  readonly #clock: Clock
  readonly #options: HeartbeatOptions
  readonly #onVisit: (connection: Connection) => void
  readonly #slots: Set<Connection>[] = Array.from({ length: SLOTS }, () => new Set())
  readonly #monitor: HeartbeatMonitor<Connection>
  #hand = 0
  #cancel: (() => void) | undefined

  /** @param onVisit called for each living connection once per interval */
  constructor(clock: Clock, options: HeartbeatOptions, onVisit: (connection: Connection) => void) {
    this.#clock = clock
    this.#options = options
    this.#onVisit = onVisit
    // One timeout is enough: a connection silent for that long was pinged several times.
    this.#monitor = new HeartbeatMonitor<Connection>(
      {
        intervalSecs: options.intervalMs / 1_000,
        timeoutSecs: options.timeoutMs / 1_000,
        maxRetries: 1,
      },
      clock,
    )
  }

  add(connection: Connection): void {
    this.#monitor.register(connection)
    // The slot just behind the hand is pinged a whole interval from now.
    this.#slots[(this.#hand + SLOTS - 1) % SLOTS]?.add(connection)
    if (!this.#cancel) this.#arm()
  }

  /** Records a sign of life. */
  heard(connection: Connection): void {
    this.#monitor.pong(connection)
  }

  /** Statistics of the heartbeats of all connections. */
  stats(): HeartbeatStats {
    return this.#monitor.stats()
  }

  remove(connection: Connection): void {
    this.#monitor.unregister(connection)
    for (const slot of this.#slots) if (slot.delete(connection)) return
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    for (const slot of this.#slots) slot.clear()
  }

  #arm(): void {
    this.#cancel = this.#clock.setTimer(() => {
      const ping = this.#createPing()
      for (const connection of this.#slots[this.#hand] ?? []) this.#visit(connection, ping)
      this.#hand = (this.#hand + 1) % SLOTS
      this.#cancel = undefined
      if (this.#slots.some((slot) => slot.size > 0)) this.#arm()
    }, this.#options.intervalMs / SLOTS)
  }

  // One ping for a whole slot, so that it is encoded once.
  #createPing(): OutgoingFrame {
    const timestamp = new Date(this.#clock.now()).toISOString()
    return OutgoingFrame.of('ping', { timestamp })
  }

  #visit(connection: Connection, ping: OutgoingFrame): void {
    if (!this.#monitor.isAlive(connection)) {
      connection.close(CLOSE_CODES.noHeartbeat, 'no heartbeat')
      connection.transport.terminate()
      return
    }
    // The control frame pings the peer; pages cannot see it, so they get the other frame.
    this.#monitor.ping(connection)
    connection.transport.ping()
    connection.outbox.signal(ping)
    this.#onVisit(connection)
  }
}
