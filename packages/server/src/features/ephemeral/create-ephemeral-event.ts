import { copyJson, formatUuidV7, type JsonLike } from '@coterie/protocol'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { EphemeralEvent } from '../../ports/realtime-backend.ts'
import { systemClock } from '../../system/system-clock.ts'
import { systemRandom } from '../../system/system-random.ts'

const UUID_BYTES = 10

/** The fields of a new ephemeral event; the rest is filled in. */
export interface NewEphemeralEvent {
  readonly roomId: string
  readonly type: EphemeralEvent['type']
  readonly userId: string
  /** @default null */
  readonly channelId?: string | null
  /** @default {} */
  readonly data?: JsonLike
}

/**
 * Makes an ephemeral event: with a new id, at this moment.
 *
 * @throws {RealtimeError} `invalid_payload` for data that JSON cannot carry
 */
export function createEphemeralEvent(
  { roomId, type, userId, channelId = null, data = {} }: NewEphemeralEvent,
  clock: Clock = systemClock,
  random: Random = systemRandom,
): EphemeralEvent {
  const carried = copyJson(data, 'data')
  if (!carried.ok) throw carried.error
  const nowMs = clock.now()
  const id = formatUuidV7(nowMs, random.bytes(UUID_BYTES))
  const timestamp = new Date(nowMs).toISOString()
  return { id, roomId, type, userId, channelId, data: carried.value, timestamp }
}
