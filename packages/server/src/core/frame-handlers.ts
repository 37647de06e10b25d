import { type ClientFrame, type DecodedFrame, RealtimeError, refuse } from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'
import type { Logger } from '../ports/logger.ts'
import type { Connection, UserConnection } from './connection.ts'
import type { Feature, Outcome } from './feature.ts'
import { requireMember, requireUser } from './frame-sender.ts'
import type { Membership } from './membership.ts'

/** Handles a frame of one type, or refuses it when its sender may not send it. */
type HandleFrame = (
  connection: Connection,
  frame: ClientFrame,
  payload: JsonText,
) => Outcome | Promise<Outcome>

/** Handles frames of one type from a known sender. */
type HandleFrom<Sender> = (
  sender: Sender,
  frame: ClientFrame,
  payload: JsonText,
) => Outcome | Promise<Outcome>

/** Passes client frames to features after checking who sent them. */
export class FrameHandlers {
  readonly #byType: ReadonlyMap<string, HandleFrame>
  readonly #logger: Logger

  constructor(features: readonly Feature[], logger: Logger) {
    this.#byType = collectHandlers(features)
    this.#logger = logger
  }

  /** Handles a frame. Never throws or rejects: internal failures go to the log. */
  handle(connection: Connection, { frame, payloadText }: DecodedFrame): Outcome | Promise<Outcome> {
    const handle = this.#byType.get(frame.type)
    if (!handle) return refuse('unknown_type', `this server does not serve ${frame.type} frames`)
    try {
      const handled = handle(connection, frame, payloadText as JsonText)
      return handled instanceof Promise
        ? handled.catch((error: unknown) => this.#failed(connection, frame, error))
        : handled
    } catch (error) {
      return this.#failed(connection, frame, error)
    }
  }

  #failed(connection: Connection, frame: ClientFrame, error: unknown): Outcome {
    const isExpected = error instanceof RealtimeError
    if (!isExpected || error.code === 'unavailable') {
      const fields = { connection_id: connection.id, frame_type: frame.type, error }
      this.#logger.error(fields, 'a frame could not be handled')
    }
    // Internal failures are logged, and not shown to the client.
    return isExpected && error.code !== 'unavailable'
      ? { ok: false, error }
      : refuse(isExpected ? 'unavailable' : 'internal', 'the server could not do this now')
  }
}

function collectHandlers(features: readonly Feature[]): ReadonlyMap<string, HandleFrame> {
  const handlers = new Map<string, HandleFrame>()
  for (const { strangerFrames = {}, frames = {}, memberFrames = {} } of features) {
    for (const [type, handler] of Object.entries(strangerFrames)) {
      handlers.set(type, handler as HandleFrame)
    }
    for (const [type, handler] of Object.entries(frames)) {
      handlers.set(type, ofUsers(handler as HandleFrom<UserConnection>))
    }
    for (const [type, handler] of Object.entries(memberFrames)) {
      handlers.set(type, ofMembers(handler as HandleFrom<Membership>))
    }
  }
  return handlers
}

function ofUsers(handle: HandleFrom<UserConnection>): HandleFrame {
  return (connection, frame, payload) => {
    const user = requireUser(connection)
    return user.ok ? handle(user.value, frame, payload) : user
  }
}

function ofMembers(handle: HandleFrom<Membership>): HandleFrame {
  return (connection, frame, payload) => {
    const member = requireMember(connection, 'channel' in frame ? frame.channel : '')
    return member.ok ? handle(member.value, frame, payload) : member
  }
}
