import {
  ok,
  type Result,
  type StateRequest,
  type StateValues,
  type SubscribeRequest,
} from '@coterie/protocol'
import type { Access } from '../../core/access.ts'
import { repetitionKey } from '../../core/anonymous.ts'
import { answer, type Feature, type ReplyField } from '../../core/feature.ts'
import type { Membership } from '../../core/membership.ts'
import { NodeUse } from '../../core/node-use.ts'
import { WrittenPart } from '../../core/subscribe-reply.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, MapChange } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import { ChannelState, STATE_MAP } from './channel-state.ts'
import { refuseStateless } from './server-state.ts'
import type { StateWriter } from './state-writer.ts'

/** The engine's map of the nodes on which a channel's state is used. */
const NODES_MAP = 'state_nodes'
/** A state is deleted after it was unused for this long, in ms. */
const RETENTION_MS = 60_000

/** The parts of the hub that the feature needs. */
export interface StateFeatureParts {
  readonly engine: Engine
  readonly access: Access
  readonly clock: Clock
  readonly logger: Logger
  /** Names this node among those of the cluster. */
  readonly node: string
  readonly writer: StateWriter
}

/** Values that all members of a channel see and change, in an order the server decides. */
export class StateFeature implements Feature {
  readonly maps = [STATE_MAP]
  readonly #parts: StateFeatureParts
  readonly #use: NodeUse
  readonly #states = new Map<string, ChannelState>()

  readonly memberFrames: Feature['memberFrames'] = {
    state: (member, frame) => this.#request(member, frame),
  }

  constructor(parts: StateFeatureParts) {
    const { engine, clock, logger, node } = parts
    this.#parts = parts
    this.#use = new NodeUse({
      engine,
      clock,
      logger,
      node,
      map: NODES_MAP,
      retentionMs: RETENTION_MS,
      onUnused: (channel) => this.#forget(channel),
    })
  }

  async onJoin(
    membership: Membership,
    { state, initial_state: initial }: SubscribeRequest,
  ): Promise<Result<ReplyField | undefined>> {
    if (!state && initial === undefined) return ok(undefined)
    const { channel, definition } = membership
    if (!definition.state) return refuseStateless(channel)
    const shared = this.#stateOf(membership)
    if (state) shared.follow(membership)
    else shared.use(membership)
    await shared.load()
    if (initial !== undefined) {
      const seeded = await this.#seed(membership, shared, initial)
      if (!seeded.ok) return seeded
    }
    const snapshot = (): WrittenPart => new WrittenPart([shared.snapshotFor(membership)])
    return ok(state ? () => ({ state: snapshot() }) : undefined)
  }

  onLeave(membership: Membership): void {
    const { channel, definition } = membership
    const shared = this.#states.get(channel)
    if (!shared) return
    shared.leave(membership)
    if (shared.hasUsers) return
    this.#states.delete(channel)
    if (!definition.state?.persist) this.#use.leave(channel)
  }

  async onStop(): Promise<void> {
    this.#use.stop()
  }

  onChange(change: MapChange): void {
    this.#states.get(change.channel)?.apply(change)
  }

  async #request(member: Membership, frame: StateRequest) {
    const { channel, connection, definition } = member
    const { principal } = connection
    if (!definition.state) return refuseStateless(channel)
    const allowed = this.#parts.access.act(principal, 'state', channel, true)
    if (!allowed.ok) return allowed
    const shared = this.#stateOf(member)
    shared.use(member)
    await shared.load()
    const changed = await this.#parts.writer.write(channel, shared, {
      set: frame.set,
      delete: frame.delete,
      ifVersion: frame.if_version,
      from: { user_id: principal.userId, connection_id: connection.id },
      operationId: frame.op_id,
      schemas: definition.schemas,
      dedup: repetitionKey(principal.userId, frame.op_id),
    })
    return changed.ok ? answer(changed.value) : changed
  }

  // Several members may bring an initial state; the first one counts.
  async #seed(
    { channel, connection, definition }: Membership,
    shared: ChannelState,
    initial: StateValues,
  ): Promise<Result<void>> {
    const { principal } = connection
    if (shared.hasBegun || Object.keys(initial).length === 0) return ok(undefined)
    if (!this.#parts.access.act(principal, 'state', channel, true).ok) return ok(undefined)
    const seeded = await this.#parts.writer.write(channel, shared, {
      set: initial,
      ifVersion: shared.version,
      from: { user_id: principal.userId, connection_id: connection.id },
      operationId: null,
      schemas: definition.schemas,
    })
    return seeded.ok || seeded.error.code === 'conflict' ? ok(undefined) : seeded
  }

  async #forget(channel: string): Promise<void> {
    const { engine } = this.#parts
    const { entries, version } = await engine.entries(channel, STATE_MAP)
    if (entries.size === 0) return
    const changes = [...entries.keys()].map((key) => ({ key, value: null }))
    // A node that has changed the state meanwhile uses it, so it stays.
    await engine.change(channel, STATE_MAP, changes, { ifVersion: version })
  }

  #stateOf({ channel, definition }: Membership): ChannelState {
    let shared = this.#states.get(channel)
    if (!shared) {
      const persists = definition.state?.persist ?? false
      const prepare = async (): Promise<void> => {
        // A new user begins with an empty state, not with what earlier users left behind.
        if (!persists && (await this.#use.enter(channel))) {
          await this.#forget(channel)
        }
      }
      shared = new ChannelState(this.#parts.engine, channel, persists, prepare)
      this.#states.set(channel, shared)
    }
    return shared
  }
}
