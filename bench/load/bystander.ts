import { setTimeout as delay } from 'node:timers/promises'
import { nowMicros } from '../peers/payload.ts'
import type { PeerName } from '../peers/peer.ts'
import { dialectOf } from './dialect-of.ts'
import { Session } from './session.ts'
import { type Waits, waitsOf } from './waits.ts'

/** Rest between an answer and the next question, in ms, where nobody says another one. */
const REST_MS = 5

/** Where somebody stands by. */
export interface BystanderPlan {
  readonly port: number
  readonly peer: PeerName
  /** Says who it is, where nobody may come without. */
  readonly token?: string
  /** Rest between an answer and the next question, in ms. @default 5 */
  readonly restMs?: number
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

  static async open({ port, peer, token, restMs = REST_MS }: BystanderPlan): Promise<Bystander> {
    const dialect = dialectOf(peer)
    const session = new Session(port, dialect)
    await dialect.open(session)
    if (token !== undefined) {
      session.client.send(JSON.stringify({ type: 'auth', token }))
    }
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
    return waitsOf(this.#waitsMicros)
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
