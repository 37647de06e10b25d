import { formatUuidV7, type JsonValue } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { EphemeralEvent } from '../../ports/realtime-backend.ts'
import { systemClock } from '../../system-clock.ts'
import { systemRandom } from '../../system-random.ts'

const UUID_BYTES = 10

/** What there is to say in an ephemeral event; the rest is made. */
export interface NewEphemeralEvent {
  readonly roomId: string
  readonly type: EphemeralEvent['type']
  readonly userId: string
  /** @default null */
  readonly channelId?: string | null
  /** @default {} */
  readonly data?: JsonValue
}

/** Makes an ephemeral event: with a new id, at this moment. */
export function createEphemeralEvent(
  { roomId, type, userId, channelId = null, data = {} }: NewEphemeralEvent,
  clock: Clock = systemClock,
  random: Random = systemRandom,
): EphemeralEvent {
  const nowMs = clock.now()
  const id = formatUuidV7(nowMs, random.bytes(UUID_BYTES))
  return { id, roomId, type, userId, channelId, data, timestamp: new Date(nowMs).toISOString() }
}
