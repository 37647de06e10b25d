import type { Position } from '@coterie/protocol'
import type { AppendOptions, DeliveryClass, EventRecord, NewEvent } from '../ports/engine.ts'

/** Returns the delivery class that append options ask for. */
export function deliveryOf(options: AppendOptions): DeliveryClass {
  if (options.volatile) return 'volatile'
  return options.history && options.history.size > 0 ? 'logged' : 'unlogged'
}

/** Makes the record that every node receives from what the publisher handed over. */
export function recordOf(
  channel: string,
  event: NewEvent,
  options: AppendOptions,
  position: Position | null,
): EventRecord {
  return {
    channel,
    id: event.id,
    event: event.event,
    payload: event.payload,
    from: event.from,
    timestampMs: event.timestampMs,
    delivery: deliveryOf(options),
    position,
    key: options.key,
    excludeConnection: options.excludeConnection,
  }
}
