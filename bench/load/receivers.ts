import type { PeerName } from '../peers/peer.ts'
import { Arrivals } from './arrivals.ts'
import { dialectOf } from './dialect-of.ts'
import { inBatches } from './in-batches.ts'
import { type Latency, LatencySamples } from './latency.ts'
import { Session } from './session.ts'

/** Connections whose deliveries are timed, at most. */
const SAMPLED_SESSIONS = 20

/** Who listens to what. */
export interface ReceiversPlan {
  readonly port: number
  readonly peer: PeerName
  /** The channels of each connection. */
  readonly subscriptions: readonly (readonly string[])[]
}

/** What receivers have to wait for. */
export interface Expectation {
  /** Events for each connection. */
  readonly each: number
  readonly timeoutMs: number
}

/** Many connections that only listen. */
export class Receivers {
  readonly #sessions: readonly Session[]
  readonly #arrivals: Arrivals
  readonly #latency = new LatencySamples()
  #paused: readonly Session[] = []

  /** Resolves when all are connected and in their channels. */
  static async open({ port, peer, subscriptions }: ReceiversPlan): Promise<Receivers> {
    const dialect = dialectOf(peer)
    const sessions = await inBatches(subscriptions.length, async (index) => {
      const session = new Session(port, dialect)
      await dialect.open(session)
      const channels = subscriptions[index] ?? []
      if (channels.length > 0) await dialect.subscribe(session, channels)
      return session
    })
    return new Receivers(sessions)
  }

  private constructor(sessions: readonly Session[]) {
    this.#sessions = sessions
    this.#arrivals = new Arrivals(sessions)
    const step = Math.ceil(sessions.length / SAMPLED_SESSIONS)
    for (const [index, session] of sessions.entries()) {
      if (index % step === 0) session.latency = this.#latency
      session.listener = { onDeliveries: (count) => this.#arrivals.note(session, count) }
    }
  }

  /**
   * Waits for the events that are published from now on.
   *
   * @throws {Error} when any is lost or comes twice
   */
  async expect({ each, timeoutMs }: Expectation): Promise<Latency> {
    await this.#arrivals.expect(each, timeoutMs)
    return this.#latency.take()
  }

  /** Lets so many read nothing until they are resumed. */
  pause(count: number): void {
    this.#paused = this.#sessions.slice(0, count)
    for (const { client } of this.#paused) client.pause()
  }

  /** Lets all read again. */
  resume(): void {
    for (const { client } of this.#paused) client.resume()
    this.#paused = []
  }

  /** Drops all connections without a word. */
  drop(): void {
    for (const { client } of this.#sessions) client.destroy()
  }
}
