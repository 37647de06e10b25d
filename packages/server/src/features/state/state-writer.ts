import { type EventSender, ok, type Result, refuse, type StateReply } from '@coterie/protocol'
import type { DeclaredSchemas } from '../../core/definitions.ts'
import type { PayloadCheck } from '../../core/payload-check.ts'
import { Turns } from '../../core/turns.ts'
import type { DedupKey, Engine, KeyChange } from '../../ports/engine.ts'
import { type ChannelState, STATE_MAP } from './channel-state.ts'
import { readStateChange, type StateChange } from './state-change.ts'
import { stateOrigin } from './state-frame.ts'

/** How large a channel's state may become. */
export interface StateBounds {
  /** Bytes of keys and values as UTF-8. */
  readonly maxBytes: number
  readonly maxKeys: number
}

/** One change, and who makes it. */
export interface StateOperation extends StateChange {
  /** Null when the server makes it. */
  readonly from: EventSender | null
  readonly operationId: string | null
  readonly dedup?: DedupKey
  readonly ifVersion?: number | undefined
  /** What the channel declares. */
  readonly schemas: DeclaredSchemas | undefined
}

/** Checks changes of shared state and hands them to the engine. */
export class StateWriter {
  readonly #engine: Engine
  readonly #bounds: StateBounds
  readonly #check: PayloadCheck
  readonly #turns = new Turns()

  constructor(engine: Engine, bounds: StateBounds, check: PayloadCheck) {
    this.#engine = engine
    this.#bounds = bounds
    this.#check = check
  }

  /** Bytes that a state has at most. */
  get maxBytes(): number {
    return this.#bounds.maxBytes
  }

  /**
   * Makes a change, or says why not. Changes of one sender keep their order.
   *
   * @param shared the state as it is now
   * @throws {RealtimeError} `unavailable` when the outcome is unknown
   */
  async write(
    channel: string,
    shared: ChannelState,
    operation: StateOperation,
  ): Promise<Result<StateReply>> {
    const { from, schemas, set = {} } = operation
    if (!schemas?.state) return this.#write(channel, shared, operation)
    const checking = this.#check.state(schemas.state, channel, set)
    return this.#turns.take(`${channel} ${from?.connection_id ?? ''}`, checking, async (checked) =>
      checked.ok ? this.#write(channel, shared, { ...operation, set: checked.value }) : checked,
    )
  }

  async #write(
    channel: string,
    shared: ChannelState,
    { from, operationId, dedup, ifVersion, ...change }: StateOperation,
  ): Promise<Result<StateReply>> {
    const read = readStateChange(change)
    if (!read.ok) return read
    const changes = read.value
    const refusal = this.#checkSize(channel, shared, changes)
    if (refusal) return refusal
    const release = shared.reserve(changes)
    try {
      const origin = stateOrigin(from, operationId)
      const options = { dedup, ifVersion, origin }
      const marked = shared.marked(changes)
      const changed = await this.#engine.change(channel, STATE_MAP, marked, options)
      return changed.ok ? ok({ version: changed.value.version }) : changed
    } finally {
      release()
    }
  }

  #checkSize(
    channel: string,
    shared: ChannelState,
    changes: readonly KeyChange[],
  ): ReturnType<typeof refuse> | undefined {
    // A change that only deletes is allowed, whatever else is under way.
    if (changes.every(({ value }) => value === null)) return undefined
    const { maxBytes, maxKeys } = this.#bounds
    const { bytes, keys } = shared.sizeAfter(changes)
    if (bytes > maxBytes) {
      return refuse('too_large', `the state of ${channel} has at most ${maxBytes} bytes`)
    }
    if (keys > maxKeys) {
      return refuse('limit_exceeded', `the state of ${channel} has at most ${maxKeys} keys`)
    }
    return undefined
  }
}
