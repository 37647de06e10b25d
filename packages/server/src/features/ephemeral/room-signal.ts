import {
  HALF_CHARACTER,
  isChannelName,
  type JsonValue,
  ok,
  type Result,
  refuse,
} from '@coterie/protocol'
import { roomChannel } from '../../core/room-channel.ts'
import type { JsonText } from '../../ports/engine.ts'
import { writeEphemeralData } from './ephemeral-data.ts'

/** A signal of a user in a room that may be sent. */
export interface RoomSignal {
  readonly channel: string
  /** The data as JSON. */
  readonly text: JsonText
}

/** Checks the room, the user and the data of a signal, or says what is wrong with them. */
export function checkRoomSignal(room: string, user: string, data: JsonValue): Result<RoomSignal> {
  const named = channelNamed(room)
  if (!named.ok) return named
  if (user === '') return refuse('invalid_payload', 'a user id is not empty')
  if (!user.isWellFormed()) return refuse('invalid_payload', `user: ${HALF_CHARACTER}`)
  const written = writeEphemeralData(data)
  return written.ok ? ok({ channel: named.value, text: written.value }) : written
}

/** Returns the channel of a room; refuses with `invalid_channel` what cannot name one. */
export function channelNamed(room: string): Result<string> {
  const channel = roomChannel(room)
  return isChannelName(channel)
    ? ok(channel)
    : refuse(
        'invalid_channel',
        'a room id has 1–195 characters: segments of A–Z a–z 0–9 _ . @ = - joined by ":"',
      )
}
