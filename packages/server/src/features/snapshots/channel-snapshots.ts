import {
  ok,
  type Position,
  parsePosition,
  RealtimeError,
  type Result,
  refuse,
  type SnapshotCommitRequest,
  type SnapshotHead,
  type SnapshotWriteRequest,
} from '@coterie/protocol'
import type { Engine, JsonText } from '../../ports/engine.ts'
import { forgetSegment, SnapshotIndex } from './snapshot-index.ts'

/** The map of the engine that says which segments a channel's snapshot has. */
const INDEX_MAP = 'snapshot'
/** Attempts at a change while others change the same; each of those has got on. */
const MAX_ATTEMPTS = 50

/**
 * The snapshots of channels, as the engine keeps them.
 *
 * Each part is in a map of its own, so that reading one reads no other. The index
 * says which parts count: all of a snapshot, or none.
 */
export class ChannelSnapshots {
  readonly #engine: Engine
  readonly #maxBytes: number

  constructor(engine: Engine, maxBytes: number) {
    this.#engine = engine
    this.#maxBytes = maxBytes
  }

  /** Returns what a channel's snapshot consists of. */
  async head(channel: string): Promise<SnapshotHead | null> {
    return (await this.#index(channel)).index.head
  }

  /** Returns a part of a segment as JSON text; undefined where it is not there. */
  async part(channel: string, segment: string, part: number): Promise<JsonText | undefined> {
    const { index } = await this.#index(channel)
    const slot = index.has(segment) ? index.slotsOf(segment)[part] : undefined
    if (slot === undefined) return undefined
    const { entries } = await this.#engine.entries(channel, slotMap(slot))
    return entries.get(partKey(segment, part))
  }

  /** Writes a part, after those before it; the last one may be written again. */
  async write({
    channel,
    segment,
    part,
    data,
  }: Pick<SnapshotWriteRequest, 'channel' | 'segment' | 'part' | 'data'>): Promise<Result<void>> {
    const value = JSON.stringify(data) as JsonText
    const bytes = Buffer.byteLength(value)
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { index, version } = await this.#index(channel)
      const refusal = this.#refuseWrite(index, channel, segment, part)
      if (refusal) return refusal
      const added = index.add(segment, part, bytes, this.#maxBytes)
      if (!added) {
        return refuse('too_large', `snapshots of ${channel} have at most ${this.#maxBytes} bytes`)
      }
      const { slot, changes } = added
      const claimed = await this.#engine.change(channel, INDEX_MAP, changes, { ifVersion: version })
      if (!claimed.ok) continue
      // Only once the place is this part's: another may have looked at it as well.
      const set = [{ key: partKey(segment, part), value }]
      await this.#engine.change(channel, slotMap(slot), set, {})
      if (changes.length > 1) await this.#deleteDropped(channel)
      return ok(undefined)
    }
    throw tooBusy(channel)
  }

  /** Makes segments the snapshot, and lets the log forget what it covers. */
  async commit({
    channel,
    position: text,
    segments,
    if_version: ifVersion = 0,
  }: Pick<SnapshotCommitRequest, 'channel' | 'position' | 'segments' | 'if_version'>): Promise<
    Result<number>
  > {
    const position = await this.#known(channel, text)
    if (!position) {
      const message = 'position: the log of the channel has not reached it'
      return refuse('not_found', message, { details: { reason: 'unknown_epoch' } })
    }
    if (!segments) return this.#release(channel, position)
    const committed = await this.#commit(channel, text, segments, ifVersion)
    if (!committed.ok) return committed
    await this.#engine.release(channel, position)
    await this.#deleteDropped(channel)
    return committed
  }

  // Where there is a snapshot here, one elsewhere is not what readers begin with.
  async #release(channel: string, position: Position): Promise<Result<number>> {
    const { index } = await this.#index(channel)
    if (index.version === 0) await this.#engine.release(channel, position)
    return ok(index.version)
  }

  async #commit(
    channel: string,
    position: string,
    segments: readonly string[],
    ifVersion: number,
  ): Promise<Result<number>> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { index, version } = await this.#index(channel)
      if (index.version !== ifVersion) {
        const details = { version: index.version }
        return refuse('conflict', `the snapshot has version ${index.version}`, { details })
      }
      const missing = segments.find((id) => !index.has(id))
      if (missing !== undefined) {
        return refuse('conflict', `segment ${missing} is missing: write it again`)
      }
      const changes = index.commit(position, segments)
      const changed = await this.#engine.change(channel, INDEX_MAP, changes, { ifVersion: version })
      if (changed.ok) return ok(index.version + 1)
    }
    throw tooBusy(channel)
  }

  #refuseWrite(
    index: SnapshotIndex,
    channel: string,
    segment: string,
    part: number,
  ): ReturnType<typeof refuse> | undefined {
    if (index.isCommitted(segment)) {
      return refuse('conflict', `segment ${segment} is part of the snapshot of ${channel}`)
    }
    if (index.dropped.includes(segment)) {
      return refuse('conflict', `segment ${segment} was dropped: another snapshot was faster`)
    }
    if (!index.has(segment) && part > 0) {
      return refuse('conflict', `segment ${segment} is missing: write it again, from part 0`)
    }
    const next = index.slotsOf(segment).length
    return part === next || part === next - 1
      ? undefined
      : refuse('invalid_payload', `part: expected ${next}, the one that follows`)
  }

  async #known(channel: string, text: string): Promise<Position | undefined> {
    const position = parsePosition(text)
    const newest = await this.#engine.read(channel, { limit: 1, reverse: true })
    if (!position || !newest.ok) return undefined
    const { epoch, offset } = newest.value.top
    return position.epoch === epoch && position.offset <= offset ? position : undefined
  }

  async #deleteDropped(channel: string): Promise<void> {
    const { index } = await this.#index(channel)
    for (const segment of index.dropped) {
      const deleted = index.slotsOf(segment).map((slot, part) => {
        const gone = [{ key: partKey(segment, part), value: null }]
        return this.#engine.change(channel, slotMap(slot), gone, {})
      })
      await Promise.all(deleted)
      await this.#engine.change(channel, INDEX_MAP, [forgetSegment(segment)], {})
    }
  }

  async #index(channel: string): Promise<{ index: SnapshotIndex; version: number }> {
    const entries = await this.#engine.entries(channel, INDEX_MAP)
    return { index: new SnapshotIndex(entries), version: entries.version }
  }
}

function slotMap(slot: number): string {
  return `${INDEX_MAP}:${slot}`
}

// A place that is taken again holds the part of another segment.
function partKey(segment: string, part: number): string {
  return `${segment}:${part}`
}

function tooBusy(channel: string): RealtimeError {
  return new RealtimeError('unavailable', `too many write the snapshot of ${channel} at once`)
}
