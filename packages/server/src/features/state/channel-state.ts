import { ChannelMap } from '../../core/channel-map.ts'
import type { Membership } from '../../core/membership.ts'
import type { OutgoingFrame } from '../../core/outgoing-frame.ts'
import type { Engine, JsonText, KeyChange, MapChange } from '../../ports/engine.ts'
import { BEGUN_KEY, withBegunMark } from './begun-mark.ts'
import { stateFrame } from './state-frame.ts'

/** The map of the engine that holds a channel's shared state. */
export const STATE_MAP = 'state'

/** How large a state is, or how much the changes under way add to it. */
export interface StateSize {
  readonly keys: number
  /** Bytes of keys and values as UTF-8. */
  readonly bytes: number
}

/** Whether a follower has the snapshot that changes build on. */
type Knowledge = 'nothing' | 'snapshot'

/** The shared state of a channel that is used on this node, and its followers. */
export class ChannelState {
  readonly #channel: string
  readonly #persists: boolean
  readonly #prepare: () => Promise<void>
  readonly #map: ChannelMap
  readonly #values = new Map<string, JsonText>()
  readonly #users = new Map<Membership, Knowledge | 'writes'>()
  #version = 0
  #isMarked = false
  #bytes = 0
  #reserved: StateSize = { keys: 0, bytes: 0 }
  #snapshot: Buffer | undefined
  #prepared: Promise<void> | undefined

  /**
   * @param persists whether the state outlives its users
   * @param prepare runs before anything is read
   */
  constructor(
    engine: Engine,
    channel: string,
    persists: boolean,
    prepare: () => Promise<void> = async () => {},
  ) {
    this.#channel = channel
    this.#persists = persists
    this.#prepare = prepare
    this.#map = new ChannelMap(engine, channel, STATE_MAP, {
      keys: () => this.#keys(),
      take: (change) => this.#take(change),
    })
  }

  /** Reads what the engine holds; the call after a failed one tries again. */
  async load(): Promise<void> {
    this.#prepared ??= this.#prepare().catch((error: unknown) => {
      this.#prepared = undefined
      throw error
    })
    await this.#prepared
    await this.#map.load()
  }

  /** Takes a change that the engine made, and sends it to all followers. */
  apply(change: MapChange): void {
    this.#map.apply(change)
  }

  get version(): number {
    return this.#version
  }

  /** False until the first change, and again once the state was forgotten. */
  get hasBegun(): boolean {
    return this.#values.size > 0 || this.#isEmptied
  }

  get hasUsers(): boolean {
    return this.#users.size > 0
  }

  /** Adds a member who changes the state without following it. */
  use(membership: Membership): void {
    if (!this.#users.has(membership)) this.#users.set(membership, 'writes')
  }

  /** Adds a follower, who knows nothing until it gets a snapshot. */
  follow(membership: Membership): void {
    this.#users.set(membership, 'nothing')
  }

  leave(membership: Membership): void {
    this.#users.delete(membership)
  }

  /** Returns the state as JSON; changes that the follower gets from now on build on it. */
  snapshotFor(membership: Membership): Buffer {
    this.#users.set(membership, 'snapshot')
    this.#snapshot ??= Buffer.from(this.snapshotText())
    return this.#snapshot
  }

  /** Returns the state as the JSON text of `{version, value, emptied?}`. */
  snapshotText(): JsonText {
    const members = [...this.#values].map(([key, value]) => `${JSON.stringify(key)}:${value}`)
    const emptied = this.#values.size === 0 && this.#isEmptied ? ',"emptied":true' : ''
    return `{"version":${this.#version},"value":{${members.join(',')}}${emptied}}` as JsonText
  }

  /** Returns the changes to hand to the engine for a change that was asked for. */
  marked(changes: readonly KeyChange[]): readonly KeyChange[] {
    if (this.#isMarked) return changes
    const begins = this.hasBegun || changes.some(({ value }) => value !== null)
    // Deleting what is not there changes nothing, so it does not begin a state.
    return begins ? withBegunMark(changes) : changes
  }

  /** Returns how large the state is after a change and all changes under way. */
  sizeAfter(changes: readonly KeyChange[]): StateSize {
    let keys = this.#values.size + this.#reserved.keys
    let bytes = this.#bytes + this.#reserved.bytes
    for (const { key, value } of changes) {
      const before = this.#values.get(key)
      if (before !== undefined) {
        keys -= 1
        bytes -= entryBytes(key, before)
      }
      if (value !== null) {
        keys += 1
        bytes += entryBytes(key, value)
      }
    }
    return { keys, bytes }
  }

  /** Counts a change as made until the returned function is called. */
  reserve(changes: readonly KeyChange[]): () => void {
    const added = changes.filter(({ key, value }) => value !== null && !this.#values.has(key))
    const bytes = changes.reduce(
      (sum, { key, value }) => sum + (value === null ? 0 : entryBytes(key, value)),
      0,
    )
    this.#addReserved(added.length, bytes)
    return () => this.#addReserved(-added.length, -bytes)
  }

  *#keys(): Iterable<string> {
    yield* this.#values.keys()
    if (this.#isMarked) yield BEGUN_KEY
  }

  #take(change: MapChange): void {
    for (const { key, value } of change.changes) this.#set(key, value)
    this.#version = change.version
    this.#snapshot = undefined
    this.#tell(change)
  }

  #tell(change: MapChange): void {
    let frame: OutgoingFrame | undefined
    for (const [{ connection }, knowledge] of this.#users) {
      if (knowledge !== 'snapshot') continue
      frame ??= stateFrame(this.#channel, change)
      connection.outbox.send(frame)
    }
  }

  get #isEmptied(): boolean {
    // Files of earlier builds have no mark; there, only the version shows that a state began.
    return this.#isMarked || (this.#persists && this.#version > 0)
  }

  #set(key: string, value: JsonText | null): void {
    if (key === BEGUN_KEY) {
      this.#isMarked = value !== null
      return
    }
    const before = this.#values.get(key)
    if (before !== undefined) this.#bytes -= entryBytes(key, before)
    if (value === null) {
      this.#values.delete(key)
    } else {
      this.#values.set(key, value)
      this.#bytes += entryBytes(key, value)
    }
  }

  #addReserved(keys: number, bytes: number): void {
    this.#reserved = { keys: this.#reserved.keys + keys, bytes: this.#reserved.bytes + bytes }
  }
}

function entryBytes(key: string, value: JsonText): number {
  return Buffer.byteLength(key) + Buffer.byteLength(value)
}
