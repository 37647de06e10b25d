import { type JsonValue, RealtimeError, refuse, stateValuesProblem } from '@coterie/protocol'
import type { Connection } from '../../core/connection.ts'
import type { Feature, FrameOf, Outcome } from '../../core/feature.ts'
import type { JsonText } from '../../ports/engine.ts'
import type { Principal } from '../../ports/principal.ts'
import type { ConnectionInfo } from './connection-service.ts'
import { describeConnection } from './describe-connection.ts'
import { PLAIN_MESSAGE } from './plain-message.ts'

/** A message that a client sent to the application itself. */
export interface IncomingMessage {
  readonly connection: ConnectionInfo
  /** Who sent it, as the server knows them. */
  readonly principal: Principal
  /** What the payload is; `text` where the client did not say. */
  readonly event: string
  readonly payload: JsonValue
}

/** What a handler answers; undefined leaves the answer to others, an error refuses. */
export type MessageAnswer = JsonValue | RealtimeError | undefined

/**
 * Takes messages of clients. What it returns is the reply's payload.
 *
 * A `RealtimeError`, returned or thrown, reaches the client; of anything else
 * that is thrown it learns only `internal`, and the log the rest.
 */
export type MessageHandler = (
  message: IncomingMessage,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler need not answer
) => MessageAnswer | void | Promise<MessageAnswer | void>

/** Hands the messages of clients to the application, and its answers back. */
export class IncomingMessages implements Feature {
  readonly frames = {
    message: (connection: Connection, frame: FrameOf<'message'>) => this.#handle(connection, frame),
  }
  readonly #handlers = new Set<{ readonly handle: MessageHandler }>()

  /** Calls a handler for every message, after those that came before it; returns how to stop. */
  on(handle: MessageHandler): () => void {
    const registration = { handle }
    this.#handlers.add(registration)
    return () => {
      this.#handlers.delete(registration)
    }
  }

  async #handle(connection: Connection, frame: FrameOf<'message'>): Promise<Outcome> {
    const { principal } = connection
    if (!principal) return refuse('unauthorized', 'send auth first')
    const { payload, event = PLAIN_MESSAGE } = frame
    const problem = stateValuesProblem({ payload })
    if (problem !== undefined) return refuse('invalid_payload', problem)
    const message = { connection: describeConnection(connection), principal, event, payload }
    let reply: JsonValue | undefined
    for (const { handle } of [...this.#handlers]) {
      const answered = await handle(message)
      if (answered instanceof RealtimeError) return { ok: false, error: answered }
      if (reply === undefined && answered !== undefined) reply = answered
    }
    return replyWith(reply ?? null)
  }
}

// Written at once: what JSON cannot carry is the handler's failure, and answered as such.
function replyWith(payload: JsonValue): Outcome {
  const text = JSON.stringify(payload) as JsonText | undefined
  if (text === undefined) throw new TypeError('a message handler returned what JSON cannot carry')
  return { ok: true, value: { payload: () => text } }
}
