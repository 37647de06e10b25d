import type { ClientClock } from '../connection/environment.ts'
import { createSignal, type Signal } from '../signals/signal.ts'
import type { ServerTime } from './server-time.ts'
import type { SharedRoom } from './shared-room.ts'
import { Throttle } from './throttle.ts'
import { isUserAct } from './user-act.ts'

/** What users do shows at most so often, in ms: cursors move all the time. */
const INTERVAL_MS = 1_000

/** When the others in a room were last seen to do something. */
export interface RoomActivity {
  /** Wall time in ms since 1970, by user. */
  readonly activeAt: Signal<ReadonlyMap<string, number>>
  /** Sees nothing more. */
  stop(): void
}

/** Watches what the others in a room do. */
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
    // A resume brings events of long ago.
    const atMs = serverTime.toLocal(frame.type === 'event' ? frame.timestamp : undefined)
    // What comes late is no news of somebody who has done something since.
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
