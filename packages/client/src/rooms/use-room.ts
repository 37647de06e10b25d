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

/** A room that was joined. */
export interface Room {
  readonly id: string
  /** Who is in it, this user among them. */
  readonly users: readonly User[]
  /** What the server tells of the room; absent where it tells nothing. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /**
   * When the room was made. One that nobody made, or that was always there,
   * began when the first came of those who were there on joining.
   */
  readonly createdAt: Date
}

/** Which room to join, and as whom. */
export interface UseRoomOptions {
  readonly client: WebSocketClient
  readonly roomId: string
  /** How others see this user; the id that they see is the server's. */
  readonly user: User
  readonly password?: string
}

/** A room to join and to leave. */
export interface RoomMembership {
  /** The room; null until it is joined. Kept while the connection is away. */
  readonly room: Signal<Room | null>
  /** Who is in the room, this user among them. Kept while the connection is away. */
  readonly users: Signal<readonly User[]>
  /** True from the server's yes on, while there is a connection. */
  readonly isJoined: Signal<boolean>
  /**
   * Why the room was not joined, or a message not sent: among others "Room not
   * found", "Room is full", "Access denied", "Not a member of this room".
   */
  readonly error: Signal<RealtimeError | null>
  /** Joins, and again after every cut; tries again where the room was refused. */
  join(): void
  /** Leaves. Idempotent. */
  leave(): void
  /**
   * Sends a message to all in the room. Nobody has to wait for the promise: a
   * refusal goes to `onError` too.
   *
   * @throws {RealtimeError} `not_member` before the room is joined; the server's refusal
   */
  broadcast(type: string, payload: unknown): Promise<void>
}

/**
 * Makes a room ready to be joined. It has to have presence, which tells who is there.
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
  // Known from the start, so that others in the room do not knock without it.
  const offerPassword = (): void => {
    if (password !== undefined) shared.offerPassword(password)
  }
  offerPassword()

  const isInside = deriveSignal([stay, shared.isOpen], (own, isOpen) => own !== null && isOpen)
  const users = deriveSignal([isInside, shared.members], (inside, members) =>
    inside ? members.map(readUser) : [],
  )
  // Undefined outside: who joins again may find others.
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

/** When the first came of those who are there, this user among them, in ms since 1970. */
function findBeginning(members: readonly PresenceEntry[], nowMs: number): number {
  const joinedAtMs = members.map(({ joined_at: joinedAt }) => Date.parse(joinedAt))
  return Math.min(nowMs, ...joinedAtMs.filter((ms) => !Number.isNaN(ms)))
}

function nameRefusal(error: RealtimeError): RealtimeError {
  const message = MESSAGES[error.code]
  if (message === undefined) return error
  return new RealtimeError(error.code, message, { details: error.details, cause: error })
}
