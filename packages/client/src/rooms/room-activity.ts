import type { ClientClock } from '../connection/environment.ts'
import { createSignal, type Signal } from '../signals/signal.ts'
import type { ServerTime } from './server-time.ts'
import type { SharedRoom } from './shared-room.ts'
import { Throttle } from './throttle.ts'
import { isUserAct } from './user-act.ts'

/** Minimum time between two reports in ms: cursors move all the time. */
const INTERVAL_MS = 1_000

/** When the other users of a room were last active. */
export interface RoomActivity {
  /** Wall time in ms since 1970, by user. */
  readonly activeAt: Signal<ReadonlyMap<string, number>>
  /** Stops watching. */
  stop(): void
}

/** Watches the activity of the other users of a room. */
export function watchActivity(
  { channel, others }: SharedRoom,
  clock: ClientClock,
  serverTime: ServerTime,
): RoomActivity {
  const activeAt = createSignal<ReadonlyMap<string, number>>(new Map())
  const seen = new Map<string, number>()

  const show = (): void => {
    const present = others().map(({ user_id: userId }) => userId)
    const isNews = present.some((userId) => seen.has(userId))
    const known = new Map([...activeAt(), ...seen])
    seen.clear()
    if (!isNews) return
    const kept = present.map((userId) => [userId, known.get(userId) ?? 0] as const)
    activeAt.set(new Map(kept))
  }
  const throttle = new Throttle(clock, { name: 'INTERVAL_MS', intervalMs: INTERVAL_MS }, show)
  const off = channel.onActivity((userId, frame) => {
    if (!isUserAct(frame)) return
    // A resume replays old events.
    const atMs = serverTime.toLocal(frame.type === 'event' ? frame.timestamp : undefined)
    // A late event is ignored when the user has been active since.
    if (atMs <= (seen.get(userId) ?? activeAt().get(userId) ?? 0)) return
    seen.set(userId, atMs)
    throttle.call()
  })

  return {
    activeAt,
    stop() {
      off()
      throttle.stop()
    },
  }
}
