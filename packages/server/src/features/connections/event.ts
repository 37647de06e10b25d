import { formatUuidV7, RealtimeError } from '@coterie/protocol'
import { requireObject } from '../../core/require-object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { systemClock } from '../../system/system-clock.ts'
import { systemRandom } from '../../system/system-random.ts'
import type {
  EventPriority,
  ServerSentEvent,
  ServerSentEventRequest,
} from './connection-service.ts'
import { streamEventProblem } from './stream-event-problem.ts'

const UUID_BYTES = 10

/** The fields of an event; without `id` it gets a new one. */
export interface EventFields extends ServerSentEventRequest {
  readonly id?: string | undefined
}

/** A server-sent event of the application's own, as `hub.sse` makes and sends it. */
export class Event implements ServerSentEvent {
  readonly id: string
  readonly event: string
  readonly data: string
  readonly priority: EventPriority
  readonly retry?: number | undefined
  readonly comment?: string | undefined

  /**
   * @throws {RealtimeError} `invalid_payload` for a bad value, naming the field
   * @example
   * ```ts
   * const event = new Event({ event: 'update', data: '{"resource_id":"post-789"}' })
   * hub.sse.broadcastEvent(event)
   * ```
   */
  constructor(fields: EventFields, clock: Clock = systemClock, random: Random = systemRandom) {
    requireObject('event', fields)
    const { id, event, data, priority = 'normal', retry, comment } = fields
    this.id = id ?? formatUuidV7(clock.now(), random.bytes(UUID_BYTES))
    this.event = event
    this.data = data
    this.priority = priority
    if (retry !== undefined) this.retry = retry
    if (comment !== undefined) this.comment = comment
    const problem = streamEventProblem(this)
    if (problem !== undefined) throw new RealtimeError('invalid_payload', problem)
  }
}
