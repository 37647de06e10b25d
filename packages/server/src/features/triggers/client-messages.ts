import type { JsonValue } from '@coterie/protocol'
import type { ConnectionInfo } from '../../core/describe-connection.ts'
import type { Principal } from '../../ports/principal.ts'
import type { MessageContext, TriggerAnswer, TriggerHandler } from './trigger.ts'

/** A message that a client sent to the application itself. */
export interface IncomingMessage {
  readonly connection: ConnectionInfo
  /** The sender, as the server knows them. */
  readonly principal: Principal
  /** The kind of payload; `text` by default. */
  readonly event: string
  readonly payload: JsonValue
}

/** The answer of a handler; undefined leaves it to other handlers, an error refuses. */
export type MessageAnswer = TriggerAnswer

/**
 * Takes messages of clients. What it returns is the reply's payload.
 *
 * A `RealtimeError`, returned or thrown, is sent to the client. Any other error
 * that is thrown is logged; the client gets `internal`.
 */
export type MessageHandler = (
  message: IncomingMessage,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler need not answer
) => MessageAnswer | void | Promise<MessageAnswer | void>

/** Makes a handler of messages a trigger. */
export function messageTrigger(handle: MessageHandler): TriggerHandler<MessageContext> {
  return ({ connection, auth, event, input }) =>
    handle({ connection, principal: auth, event, payload: input })
}
