import type { ClientFrame } from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'
import type { Connection, UserConnection } from './connection.ts'
import type { Feature, Outcome } from './feature.ts'
import { requireMember, requireUser } from './frame-sender.ts'
import type { Membership } from './membership.ts'

/** Handles a frame of one type, or refuses it where its sender may not send it. */
export type HandleFrame = (
  connection: Connection,
  frame: ClientFrame,
  payload: JsonText,
) => Outcome | Promise<Outcome>

/** What handles client frames, by their type. */
export type FrameHandlers = ReadonlyMap<string, HandleFrame>

/** The same once it is known who sends: the handler of a type gets frames of that type alone. */
type HandleFrom<Sender> = (
  sender: Sender,
  frame: ClientFrame,
  payload: JsonText,
) => Outcome | Promise<Outcome>

/** Collects the handlers of all features, each behind the check of who sends the frame. */
export function frameHandlers(features: readonly Feature[]): FrameHandlers {
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
