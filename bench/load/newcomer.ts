import { setTimeout as delay } from 'node:timers/promises'
import { nowMicros } from '../peers/payload.ts'
import { coterieDialect } from './coterie-dialect.ts'
import { Session } from './session.ts'
import { type Waits, waitsOf } from './waits.ts'

/** Rest between two who come, in ms. */
const REST_MS = 20

/** Where somebody signs in, and as whom. */
export interface NewcomerPlan {
  readonly port: number
  readonly token: string
}

/** One well-behaved user who signs in, enters a channel, leaves, and comes back. */
export class Newcomer {
  readonly #plan: NewcomerPlan
  readonly #waitsMicros: number[] = []
  #isRunning = false
  #ended: Promise<void> = Promise.resolve()

  constructor(plan: NewcomerPlan) {
    this.#plan = plan
  }

  /** Begins to come and go. */
  start(): void {
    this.#isRunning = true
    this.#ended = this.#run()
  }

  /** Ends with the visit that is under way, and returns how long they took to begin. */
  async stop(): Promise<Waits> {
    this.#isRunning = false
    await this.#ended
    return waitsOf(this.#waitsMicros)
  }

  async #run(): Promise<void> {
    const dialect = coterieDialect()
    while (this.#isRunning) {
      const cameMicros = nowMicros()
      const session = new Session(this.#plan.port, dialect)
      await dialect.open(session)
      session.client.send(JSON.stringify({ type: 'auth', token: this.#plan.token }))
      await dialect.subscribe(session, ['bench:newcomer'])
      this.#waitsMicros.push(nowMicros() - cameMicros)
      session.client.destroy()
      await delay(REST_MS)
    }
  }
}
