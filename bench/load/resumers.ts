import { nowMicros } from '../peers/payload.ts'
import type { PeerName } from '../peers/peer.ts'
import { Arrivals } from './arrivals.ts'
import type { Dialect } from './dialect.ts'
import { dialectOf } from './dialect-of.ts'
import { inBatches } from './in-batches.ts'
import type { Expectation } from './receivers.ts'
import { Session } from './session.ts'

/** Who is going to be cut off. */
export interface ResumersPlan {
  readonly port: number
  readonly peer: PeerName
  readonly connections: number
  readonly channel: string
}

/** How a storm of reconnections went. */
export interface Resumed {
  /** From the first connection to the last event, or to the time-out. */
  readonly completeMs: number
  /** Connections that did not get exactly what they had missed. */
  readonly incomplete: number
}

/** Connections that are cut off together and come back together. */
export class Resumers {
  readonly #plan: ResumersPlan
  readonly #dialect: Dialect
  #sessions: Session[]
  #points: string[] = []

  static async open(plan: ResumersPlan): Promise<Resumers> {
    const dialect = dialectOf(plan.peer)
    const sessions = await inBatches(plan.connections, async () => {
      const session = new Session(plan.port, dialect)
      await dialect.open(session)
      await dialect.subscribe(session, [plan.channel])
      return session
    })
    return new Resumers(plan, dialect, sessions)
  }

  private constructor(plan: ResumersPlan, dialect: Dialect, sessions: Session[]) {
    this.#plan = plan
    this.#dialect = dialect
    this.#sessions = sessions
    for (const session of sessions) session.keepsLast = true
  }

  /** Waits for the events that are published from now on. */
  async expect({ each, timeoutMs }: Expectation): Promise<void> {
    await arrivalsOf(this.#sessions).expect(each, timeoutMs)
  }

  /** Drops all connections, each remembering where it was. */
  drop(): void {
    this.#points = this.#sessions.map((session) => {
      if (!this.#dialect.resumePoint) throw new Error('nobody can resume here')
      return this.#dialect.resumePoint(session)
    })
    for (const { client } of this.#sessions) client.destroy()
  }

  /** Brings all back at once and counts what they get. */
  async resume({ each, timeoutMs }: Expectation): Promise<Resumed> {
    const startMicros = nowMicros()
    this.#sessions = this.#points.map((point) => {
      const session = new Session(this.#plan.port, this.#dialect)
      session.keepsLast = true
      // Whoever is refused has got nothing, and is counted for that.
      this.#dialect.resume?.(session, this.#plan.channel, point).catch(() => {})
      return session
    })
    const arrivals = arrivalsOf(this.#sessions)
    await arrivals.reach(each, timeoutMs)
    const completeMs = (nowMicros() - startMicros) / 1_000
    await arrivals.settle()
    return { completeMs, incomplete: arrivals.countIncomplete(each) }
  }
}

function arrivalsOf(sessions: readonly Session[]): Arrivals {
  const arrivals = new Arrivals(sessions)
  for (const session of sessions) {
    session.listener = { onDeliveries: (count) => arrivals.note(session, count) }
  }
  return arrivals
}
