import type { ChannelEvent, PresenceEntry, RealtimeError } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'
import { mayRetry } from '../connection/retry.ts'
import { createSignal, deriveSignal, type Signal } from '../signals/signal.ts'
import { checkRoomOptions, checkUser } from './check-room-options.ts'
import { Throttle } from './throttle.ts'
import { readUser, type User } from './user.ts'
import type { WebSocketClient } from './websocket-client.ts'

const EVENT = 'cursor'
const THROTTLE_MS = 50
const RETRY_MS = 1_000
// A user's first position may arrive before the presence, but not by more.
const EARLY_MS = 5_000

/** The position of a cursor. */
export interface CursorPosition {
  readonly x: number
  readonly y: number
  /** When the server accepted it, in ms since 1970. */
  readonly timestamp: number
}

/** The position of a user's cursor. */
export interface CursorState extends CursorPosition {
  readonly user: User
}

interface Point {
  readonly x: number
  readonly y: number
}

interface HeardPosition {
  readonly position: CursorPosition
  readonly heardAtMs: number
}

/** The room and the user of a shared cursor. */
export interface UseCursorsOptions {
  readonly client: WebSocketClient
  readonly room: string
  /** How other users see this one; the server replaces the id by the verified one. */
  readonly user: User
  /** Minimum time between two positions sent, in ms. @default 50 */
  readonly throttle?: number
}

/** The cursors of a room. */
export interface RoomCursors {
  /** The cursors of all other users in the room who have moved theirs. */
  readonly cursors: Signal<readonly CursorState[]>
  /**
   * Shows this user's cursor to others; within an interval, the last call applies.
   *
   * @throws {TypeError} when `x` or `y` is not a finite number
   */
  broadcast(x: number, y: number): void
  /** Stops sharing cursors. Idempotent. */
  leave(): void
}

/**
 * Shares cursor positions in a room, which must have presence enabled.
 *
 * @example
 * const { cursors, broadcast } = useCursors({ client, room: 'canvas', user })
 * document.addEventListener('mousemove', (event) => broadcast(event.clientX, event.clientY))
 */
export function useCursors(options: UseCursorsOptions): RoomCursors {
  checkRoomOptions('useCursors', options)
  const { client, room, user, throttle: intervalMs = THROTTLE_MS } = options
  checkUser(user)
  const shared = client.room(room)
  const { channel } = shared
  const positions = createSignal<ReadonlyMap<string, HeardPosition>>(new Map())
  let isSharing = true
  let newest: Point | undefined
  let isDue = false
  let cancelRetry: (() => void) | undefined

  const throttle = new Throttle(client.clock, { name: 'throttle', intervalMs }, () => send())
  const stay = shared.enter({ user })

  const send = (): void => {
    // Outside the room, the position waits until the room is joined.
    if (!newest || !isDue || channel.status() !== 'joined') return
    const point = newest
    isDue = false
    const options = { volatile: true, key: EVENT, echo: false }
    channel.publish(EVENT, { ...point }, options).catch((error: RealtimeError) => {
      if (point !== newest || !mayRetry(error)) return
      isDue = true
      cancelRetry?.()
      cancelRetry = client.clock.setTimer(() => throttle.call(), RETRY_MS)
    })
  }

  const forgetAbsent = (isGone: (userId: string, position: HeardPosition) => boolean): void => {
    const kept = [...positions()].filter(([userId, position]) => !isGone(userId, position))
    if (kept.length < positions().size) positions.set(new Map(kept))
  }
  let before = idsOf(shared.others())
  const offs = [
    channel.on(EVENT, (event) => {
      const position = readPosition(event)
      const userId = event.from?.user_id
      if (!position || !userId || userId === client.userId()) return
      const heard = { position, heardAtMs: client.clock.now() }
      positions.set(new Map(positions()).set(userId, heard))
    }),
    shared.others.subscribe((entries) => {
      const now = idsOf(entries)
      const early = client.clock.now() - EARLY_MS
      forgetAbsent((id, { heardAtMs }) => !now.has(id) && (before.has(id) || heardAtMs < early))
      before = now
    }),
    channel.status.subscribe((status) => {
      if (status === 'joined' && isDue) throttle.call()
    }),
  ]

  return {
    cursors: deriveSignal([positions, shared.others], combine),
    broadcast(x, y) {
      if (!isFiniteNumber(x) || !isFiniteNumber(y)) {
        throw new TypeError(`(${x}, ${y}) is not a position; expected two finite numbers`)
      }
      if (!isSharing) return
      newest = { x, y }
      isDue = true
      throttle.call()
    },
    leave() {
      isSharing = false
      newest = undefined
      throttle.stop()
      cancelRetry?.()
      for (const off of offs) off()
      stay.leave()
      positions.set(new Map())
    },
  }
}

function combine(
  positions: ReadonlyMap<string, HeardPosition>,
  others: readonly PresenceEntry[],
): readonly CursorState[] {
  return others.flatMap((entry) => {
    const heard = positions.get(entry.user_id)
    return heard ? [{ ...heard.position, user: readUser(entry) }] : []
  })
}

function idsOf(entries: readonly PresenceEntry[]): ReadonlySet<string> {
  return new Set(entries.map(({ user_id }) => user_id))
}

function readPosition({ payload, timestamp }: ChannelEvent): CursorPosition | undefined {
  if (!isRecord(payload)) return undefined
  const { x, y } = payload
  // JSON can contain 1e999, which is parsed as Infinity.
  if (!isFiniteNumber(x) || !isFiniteNumber(y)) return undefined
  return { x, y, timestamp: Date.parse(timestamp) || 0 }
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value)
}
