import type { RealtimeError } from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'
import type { TextPieces } from '../ports/transport.ts'
import { OutgoingFrame } from './outgoing-frame.ts'

/** Receives answers to client frames, over the same transport or by request. */
export interface Responder {
  /** Takes the answer to a client frame. */
  answer(frame: OutgoingFrame): void

  /** Marks one client frame as finished, with or without an answer. */
  settled(): void
}

/** Makes the reply to the client frame with this id. */
export function replyFrame(id: string, payload: JsonText | TextPieces): OutgoingFrame {
  const head = `{"id":${JSON.stringify(id)},"payload":`
  const fields = typeof payload === 'string' ? `${head}${payload}}` : [head, ...payload, '}']
  return new OutgoingFrame('reply', fields)
}

/** Makes an error frame; with an id, it refuses that client frame. */
export function errorFrame(id: string | undefined, error: RealtimeError): OutgoingFrame {
  const { code, message, details } = error
  return OutgoingFrame.of('error', { id, code, message, details })
}
