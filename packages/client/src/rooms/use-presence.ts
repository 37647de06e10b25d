import type { PresenceEntry } from '@coterie/protocol'
import { checkOption, copyJson } from '@coterie/protocol'
import { isRecord } from '../connection/frame-reader.ts'
import { createSignal, deriveSignal, type Signal } from '../signals/signal.ts'
import { checkRoomOptions, checkUser } from './check-room-options.ts'
import { readRecord } from './read-record.ts'
import type { AnyPayload } from './realtime-message.ts'
import { watchActivity } from './room-activity.ts'
import { Throttle } from './throttle.ts'
import { readUser, type User } from './user.ts'
import type { WebSocketClient } from './websocket-client.ts'

const SYNC_INTERVAL_MS = 1_000

/** Another user in the room. */
export interface PresenceState<T = AnyPayload> {
  readonly user: User
  /** The user's data, unchecked as they sent it: validate what must be right. */
  readonly data: T
  /**
   * When the user was last active in the room, in ms since 1970: moved a
   * cursor, typed, sent, or changed their data. At most a second late.
   */
  readonly lastSeen: number
}

/** The room and the user to be present. */
export interface UsePresenceOptions<T> {
  readonly client: WebSocketClient
  readonly room: string
  /** How other users see this one; the server replaces the id by the verified one. */
  readonly user: User
  /** The initial data that others see. @default {} */
  readonly initialData?: T
  /** Minimum time between two changes sent, in ms. @default 1_000 */
  readonly syncInterval?: number
}

/** The users of a room, and this user's own data. */
export interface RoomPresence<T> {
  /** All other users, each once. Kept during a disconnect. */
  readonly others: Signal<readonly PresenceState<T>[]>
  /** The data that this user shows. */
  readonly myPresence: Signal<T>
  /** True while the room is joined, so that `others` is up to date. */
  readonly isConnected: Signal<boolean>
  /** Number of users in the room, including this one. */
  readonly count: Signal<number>
  /**
   * Changes the data that this user shows; omitted members stay.
   *
   * @throws {RealtimeError} `invalid_payload` for data that JSON cannot carry
   */
  updatePresence(change: Partial<T>): void
  /** Leaves presence. Idempotent. */
  leave(): void
}

/**
 * Appears in a room and follows its users. The room must have presence enabled.
 *
 * @example
 * const presence = usePresence({ client, room: 'document-1', user, initialData: { tool: 'pen' } })
 * presence.updatePresence({ tool: 'eraser' })
 * presence.others().map(({ user, data }) => `${user.name}: ${data.tool}`)
 */
export function usePresence<T extends object = Record<string, AnyPayload>>(
  options: UsePresenceOptions<T>,
): RoomPresence<T> {
  checkRoomOptions('usePresence', options)
  const { client, room, user, initialData, syncInterval: intervalMs = SYNC_INTERVAL_MS } = options
  checkUser(user)
  const isData = initialData === undefined || isRecord(initialData)
  checkOption('initialData', initialData, isData, 'an object')
  const shared = client.room(room)
  const myPresence = createSignal(copyData(initialData ?? ({} as T)))
  const isPresent = createSignal(true)
  const sync = new Throttle(client.clock, { name: 'syncInterval', intervalMs }, () =>
    stay.show(myPresence()),
  )
  const stay = shared.enter({ user, data: myPresence() })
  const { status } = shared.channel
  const { members, count: presentCount } = shared.channel.presence

  const activity = watchActivity(shared, client.clock, client.serverTime)
  const states = new WeakMap<PresenceEntry, PresenceState<T>>()
  const stateOf = (entry: PresenceEntry, activeAtMs = 0): PresenceState<T> => {
    const known = states.get(entry) ?? createState<T>(entry)
    const state = activeAtMs > known.lastSeen ? { ...known, lastSeen: activeAtMs } : known
    states.set(entry, state)
    return state
  }
  const others = deriveSignal(
    [isPresent, shared.others, activity.activeAt],
    (present, entries, activeAt) =>
      present ? entries.map((entry) => stateOf(entry, activeAt.get(entry.user_id))) : [],
  )

  return {
    others,
    myPresence,
    isConnected: deriveSignal([isPresent, status], (present, now) => present && now === 'joined'),
    count: deriveSignal(
      [isPresent, status, others, members, presentCount],
      (present, now, { length }, listed, counted) => {
        if (!present || now === 'refused') return 0
        // When the users are too many to be listed, only their number is known.
        return listed.length === 0 ? Math.max(1, counted) : length + 1
      },
    ),
    updatePresence(change) {
      if (!isPresent()) return
      const next = copyData({ ...myPresence(), ...change })
      if (JSON.stringify(next) === JSON.stringify(myPresence())) return
      myPresence.set(next)
      sync.call()
    },
    leave() {
      sync.stop()
      activity.stop()
      stay.leave()
      isPresent.set(false)
    },
  }
}

function createState<T>(entry: PresenceEntry): PresenceState<T> {
  const { data, last_seen: lastSeen } = entry
  return {
    user: readUser(entry),
    data: readRecord(isRecord(data) ? data.data : undefined) as T,
    lastSeen: Date.parse(lastSeen) || 0,
  }
}

// Later changes of the caller's object must not change the data.
function copyData<T extends object>(data: T): T {
  const copy = copyJson(data, 'data')
  if (!copy.ok) throw copy.error
  return copy.value as T
}
