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

/** Another user who is in a room. */
export interface PresenceState<T = AnyPayload> {
  readonly user: User
  /** What that user shows; as they sent it, so check what must be right. */
  readonly data: T
  /**
   * When the user last did something in the room, in ms since 1970: moved a
   * cursor, typed, sent, changed what they show. At most a second late.
   */
  readonly lastSeen: number
}

/** Where and as whom to be present. */
export interface UsePresenceOptions<T> {
  readonly client: WebSocketClient
  readonly room: string
  /** How others see this user; the id that they see is the server's. */
  readonly user: User
  /** What others see at first. @default {} */
  readonly initialData?: T
  /** At most one change goes out in this time, in ms. @default 1_000 */
  readonly syncInterval?: number
}

/** Who is in a room, and what one shows them. */
export interface RoomPresence<T> {
  /** Everybody else, each user once. Kept while the connection is away. */
  readonly others: Signal<readonly PresenceState<T>[]>
  /** What this user shows. */
  readonly myPresence: Signal<T>
  /** True while the room is joined, so that `others` is up to date. */
  readonly isConnected: Signal<boolean>
  /** How many users are there, this one among them. */
  readonly count: Signal<number>
  /**
   * Changes what this user shows; what is not named stays.
   *
   * @throws {RealtimeError} `invalid_payload` for what JSON cannot carry
   */
  updatePresence(change: Partial<T>): void
  /** Leaves presence. Idempotent. */
  leave(): void
}

/**
 * Is present in a room, and follows who else is. The room has to have presence.
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
        // Where they are too many to be told one by one, only their number is known.
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

// What is shown later must not change with the caller's object.
function copyData<T extends object>(data: T): T {
  const copy = copyJson(data, 'data')
  if (!copy.ok) throw copy.error
  return copy.value as T
}
