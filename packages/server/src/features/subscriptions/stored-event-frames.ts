import type { SubscriptionId } from '@coterie/protocol'
import { eventFields } from '../../core/event-frame.ts'
import { OutgoingFrame } from '../../core/outgoing-frame.ts'
import type { EventRecord } from '../../ports/engine.ts'

/** Writes the frames of one event, which differ in the stored subscriptions that it is for. */
export class StoredEventFrames {
  readonly #record: EventRecord
  #head: Buffer | undefined

  constructor(record: EventRecord) {
    this.#record = record
  }

  write(subscriptions: readonly SubscriptionId[]): OutgoingFrame {
    this.#head ??= headOf(this.#record)
    const ids = JSON.stringify(subscriptions)
    return new OutgoingFrame('event', [this.#head, `,"subscriptions":${ids}}`])
  }
}

function headOf(record: EventRecord): Buffer {
  // Names of channels hold nothing that JSON escapes, ids of resources may.
  const channel = JSON.stringify(record.channel).slice(1, -1)
  const fields = eventFields({ ...record, channel })
  return Buffer.from(fields.slice(0, -1))
}
