import { checkOption, type ErrorCode, type PresenceEntry, RealtimeError } from '@coterie/protocol'
import { createSignal, deriveSignal, type Signal } from '../signals/signal.ts'
import { checkRoomOptions, checkUser } from './check-room-options.ts'
import { createNotMemberError } from './not-member.ts'
import type { RoomStay } from './shared-room.ts'
import { readUser, type User } from './user.ts'
import type { WebSocketClient } from './websocket-client.ts'

const MESSAGES: Partial<Readonly<Record<ErrorCode, string>>> = {
  unknown_channel: 'Room not found',
  not_found: 'Room not found',
  room_full: 'Room is full',
  wrong_password: 'Access denied',
  forbidden: 'Access denied',
}

/** A joined room. */
export interface Room {
  readonly id: string
  /** The users in the room, including this one. */
  readonly users: readonly User[]
  /** The room's metadata; absent when the server sends none. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /**
   * When the room was created. For a room without a creation time: when the
   * earliest of the users present at the join had joined.
   */
  readonly createdAt: Date
}

/** The room to join, and the user. */
export interface UseRoomOptions {
  readonly client: WebSocketClient
  readonly roomId: string
  /** How other users see this one; the server replaces the id by the verified one. */
  readonly user: User
  readonly password?: string
}

/** Joins and leaves one room. */
export interface RoomMembership {
  /** The room; null until it is joined. Kept during a disconnect. */
  readonly room: Signal<Room | null>
  /** The users in the room, including this one. Kept during a disconnect. */
  readonly users: Signal<readonly User[]>
  /** True from the server's acceptance on, while connected. */
  readonly isJoined: Signal<boolean>
  /**
   * Why the room was not joined, or a message not sent: among others "Room not
   * found", "Room is full", "Access denied", "Not a member of this room".
   */
  readonly error: Signal<RealtimeError | null>
  /** Joins, and joins again after each disconnect; retries a refused room. */
  join(): void
  /** Leaves. Idempotent. */
  leave(): void
  /**
   * Sends a message to all in the room. The promise needs no handler: `onError`
   * also reports a refusal.
   *
   * @throws {RealtimeError} `not_member` before the room is joined; the server's refusal
   */
  broadcast(type: string, payload: unknown): Promise<void>
}

/**
 * Prepares joining a room, which must have presence enabled to list its users.
 *
 * @example
 * const room = useRoom({ client, roomId: 'project-1', user, password: 'open sesame' })
 * room.isJoined.subscribe((isJoined) => isJoined && room.broadcast('chat:message', { text: 'hi' }))
 * room.join()
 */
export function useRoom(options: UseRoomOptions): RoomMembership {
  checkRoomOptions('useRoom', options, 'roomId')
  const { client, roomId, user, password } = options
  checkUser(user)
  const isPassword = password === undefined || typeof password === 'string'
  checkOption('password', isPassword ? undefined : typeof password, isPassword, 'a text')
  const shared = client.room(roomId)
  const { status, error: refusal, room: description } = shared.channel
  const stay = createSignal<RoomStay | null>(null)
  const complaint = createSignal<RealtimeError | null>(null)
  // Offered from the start, so that other users of the room do not try to join without it.
  const offerPassword = (): void => {
    if (password !== undefined) shared.offerPassword(password)
  }
  offerPassword()

  const isInside = deriveSignal([stay, shared.isOpen], (own, isOpen) => own !== null && isOpen)
  const users = deriveSignal([isInside, shared.members], (inside, members) =>
    inside ? members.map(readUser) : [],
  )
  // Undefined while outside: the next join may find other users.
  let begunAtMs: number | undefined
  const room = deriveSignal([isInside, users, description], (inside, present, told) => {
    if (!inside) {
      begunAtMs = undefined
      return null
    }
    begunAtMs ??= findBeginning(shared.members(), client.clock.now())
    const madeAtMs = Date.parse(told?.created_at ?? '')
    return {
      id: roomId,
      users: present,
      ...(told?.metadata && { metadata: told.metadata }),
      createdAt: new Date(Number.isNaN(madeAtMs) ? begunAtMs : madeAtMs),
    }
  })

  return {
    room,
    users,
    isJoined: deriveSignal([stay, status], (own, now) => own !== null && now === 'joined'),
    error: deriveSignal([stay, refusal, complaint], (own, refused, complained) =>
      own && refused ? nameRefusal(refused) : complained,
    ),
    join() {
      complaint.set(null)
      offerPassword()
      const before = stay()
      stay.set(shared.enter({ user }))
      before?.leave()
    },
    leave() {
      complaint.set(null)
      stay()?.leave()
      stay.set(null)
    },
    broadcast(type, payload) {
      if (isInside()) return shared.publish(type, payload)
      const error = createNotMemberError()
      complaint.set(error)
      return shared.refuse(error)
    },
  }
}

/** When the earliest of the present users joined, in ms since 1970. */
function findBeginning(members: readonly PresenceEntry[], nowMs: number): number {
  const joinedAtMs = members.map(({ joined_at: joinedAt }) => Date.parse(joinedAt))
  return Math.min(nowMs, ...joinedAtMs.filter((ms) => !Number.isNaN(ms)))
}

function nameRefusal(error: RealtimeError): RealtimeError {
  const message = MESSAGES[error.code]
  if (message === undefined) return error
  return new RealtimeError(error.code, message, { details: error.details, cause: error })
}
