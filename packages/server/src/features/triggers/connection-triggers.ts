import {
  type JsonValue,
  ok,
  type RealtimeError,
  type Result,
  refuse,
  stateValuesProblem,
} from '@coterie/protocol'
import { type Connection, hasUser, type UserConnection } from '../../core/connection.ts'
import { describeConnection } from '../../core/describe-connection.ts'
import type { FrameOf, Outcome } from '../../core/feature.ts'
import { PLAIN_MESSAGE } from '../../core/plain-message.ts'
import type { JsonText } from '../../ports/engine.ts'
import type { RegisteredTrigger } from './registered-trigger.ts'
import type { ClientContext, MessageContext } from './trigger.ts'
import { requireJson, type TriggerRunner } from './trigger-runner.ts'
import type { WaitingLimit } from './waiting-limit.ts'

/** Runs what is to happen when connections begin, send messages and end. */
export class ConnectionTriggers {
  readonly connect = new Set<RegisteredTrigger>()
  readonly disconnect = new Set<RegisteredTrigger>()
  readonly message = new Set<RegisteredTrigger>()
  readonly #runner: TriggerRunner
  readonly #waiting: WaitingLimit
  /** Connections that were let in, and are to end once. */
  readonly #admitted = new WeakSet<Connection>()

  constructor(runner: TriggerRunner, waiting: WaitingLimit) {
    this.#runner = runner
    this.#waiting = waiting
  }

  /** Asks whether a user may connect; undefined without handlers to ask. */
  admit(connection: UserConnection): Promise<RealtimeError | undefined> | undefined {
    if (this.connect.size > 0) return this.#admit(connection)
    this.#admitted.add(connection)
    return undefined
  }

  async #admit(connection: UserConnection): Promise<RealtimeError | undefined> {
    const ran = await this.#runAll(this.connect, connection, 'connect')
    if (!ran.ok) return ran.error
    this.#admitted.add(connection)
    // It ended meanwhile, when handlers could not be told yet.
    if (connection.stage === 'disconnected') void this.ended(connection)
    return undefined
  }

  /** Runs the triggers of `disconnect`, once, after those of `connect`. */
  async ended(connection: Connection, left?: Promise<unknown>): Promise<void> {
    if (!hasUser(connection) || !this.#admitted.delete(connection)) return
    if (this.disconnect.size === 0) return
    await left
    await this.#runAll(this.disconnect, connection, 'disconnect')
  }

  /** Hands a message to the triggers; the first answer is the reply. */
  async receive(
    connection: UserConnection,
    frame: FrameOf<'message'>,
  ): Promise<Outcome<JsonValue>> {
    const { payload, event = PLAIN_MESSAGE } = frame
    const problem = stateValuesProblem({ payload })
    if (problem !== undefined) return refuse('invalid_payload', problem)
    const refusal = this.#waiting.enter(connection)
    if (refusal) return refusal
    try {
      return await this.#answer(connection, { event, input: payload })
    } finally {
      this.#waiting.exit(connection)
    }
  }

  async #answer(
    connection: UserConnection,
    message: Pick<MessageContext, 'event' | 'input'>,
  ): Promise<Outcome<JsonValue>> {
    let answered: JsonValue | undefined
    for (const trigger of [...this.message]) {
      const context: Omit<MessageContext, 'signal' | 'publish'> = {
        ...message,
        auth: connection.principal,
        connection: describeConnection(connection),
        reply(value) {
          requireJson(value)
          if (answered === undefined) answered = value
        },
      }
      const ran = await this.#runner.run(trigger, context, aboutOf(connection, 'message'))
      if (!ran.ok) return ran
      if (answered === undefined) answered = ran.value
    }
    const text = JSON.stringify(answered ?? null) as JsonText
    return ok({ payload: () => text })
  }

  // All are told that a connection has ended, whichever of them fails.
  async #runAll(
    triggers: ReadonlySet<RegisteredTrigger>,
    connection: UserConnection,
    event: 'connect' | 'disconnect',
  ): Promise<Result<unknown>> {
    for (const trigger of [...triggers]) {
      const context: Omit<ClientContext, 'signal' | 'publish'> = {
        event,
        auth: connection.principal,
        connection: describeConnection(connection),
      }
      const ran = await this.#runner.run(trigger, context, aboutOf(connection, event))
      if (!ran.ok && event === 'connect') return ran
    }
    return ok(undefined)
  }
}

function aboutOf(connection: Connection, event: string) {
  return { connection_id: connection.id, event }
}
