import { setTimeout as delay } from 'node:timers/promises'
import { nowMicros } from '../peers/payload.ts'
import type { PeerName } from '../peers/peer.ts'
import { dialectOf } from './dialect.ts'
import { Session } from './session.ts'

/** Rest between an answer and the next question, in ms. */
const REST_MS = 5

/** Where somebody stands by. */
export interface BystanderPlan {
  readonly port: number
  readonly peer: PeerName
  /** Rest between an answer and the next question, in ms. @default 5 */
  readonly restMs?: number
}

/** How long somebody who stood by had to wait, in ms. */
export interface Waits {
  readonly worstMs: number
  readonly p99Ms: number
}

/**
 * One well-behaved client beside whatever else a server has to do: it publishes
 * in a channel of its own, waits for the answer, rests, and publishes again.
 */
export class Bystander {
  readonly #session: Session
  readonly #restMs: number
  #waitsMicros: number[] = []
  #isRunning = false
  #ended: Promise<void> = Promise.resolve()

  static async open({ port, peer, restMs = REST_MS }: BystanderPlan): Promise<Bystander> {
    const dialect = dialectOf(peer)
    const session = new Session(port, dialect)
    await dialect.open(session)
    await dialect.subscribe(session, ['bench:bystander'])
    return new Bystander(session, restMs)
  }

  private constructor(session: Session, restMs: number) {
    this.#session = session
    this.#restMs = restMs
  }

  /** Begins to ask. */
  start(): void {
    this.#waitsMicros = []
    this.#isRunning = true
    this.#ended = this.#run()
  }

  /** Ends with the answer that is waited for, and returns how long the waits were. */
  async stop(): Promise<Waits> {
    this.#isRunning = false
    await this.#ended
    const sorted = Float64Array.from(this.#waitsMicros).sort()
    const at = (part: number): number =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN) / 1_000
    return { worstMs: at(1), p99Ms: at(0.99) }
  }

  async #run(): Promise<void> {
    const { client, dialect } = this.#session
    for (let id = 1; this.#isRunning; id += 1) {
      const askedMicros = nowMicros()
      client.send(dialect.publish(String(id), 'bench:bystander', 'x'))
      await this.#answer(String(id))
      this.#waitsMicros.push(nowMicros() - askedMicros)
      await delay(this.#restMs)
    }
  }

  async #answer(id: string): Promise<void> {
    for (;;) {
      const text = await this.#session.control('{"type":"reply"')
      if (text.includes(`"id":"${id}"`)) return
    }
  }
}
