import type {
  EventId,
  PublishReply,
  RealtimeError,
  Result,
  SubscribeRequest,
} from '@coterie/protocol'
import { ok } from '@coterie/protocol'
import type { Engine, EngineListener, EventRecord, MapChange } from '../ports/engine.ts'
import type { Connection, UserConnection } from './connection.ts'
import type { Fanout } from './fanout.ts'
import type { Feature, LeaveReason, Outcome, ReplyField } from './feature.ts'
import { type FeatureMoments, momentsOf } from './feature-moments.ts'
import type { Membership } from './membership.ts'
import type { Publication } from './publication.ts'

/**
 * Calls the features of a hub in order, and listens to the engine for them.
 *
 * Some parts that features use call all features: when a feature removes a
 * member, all features are told. So the host is created before its features,
 * and lists them when it first needs them.
 */
export class FeatureHost implements EngineListener {
  readonly #fanout: Pick<Fanout, 'deliver'>
  readonly #list: () => readonly Feature[]
  #found: FeatureMoments | undefined

  /** @param list returns the features; not called before the hub is complete */
  constructor(fanout: Pick<Fanout, 'deliver'>, list: () => readonly Feature[]) {
    this.#fanout = fanout
    this.#list = list
  }

  get #moments(): FeatureMoments {
    this.#found ??= momentsOf(this.#list())
    return this.#found
  }

  /** Joins the channels of features and starts all of them, once the engine is open. */
  async start(engine: Pick<Engine, 'join'>): Promise<void> {
    await Promise.all(
      this.#list().map(async (feature) => {
        if (feature.channel !== undefined) await engine.join(feature.channel)
        await feature.onStart?.()
      }),
    )
  }

  /** Stops the background work of the features, one after the other. */
  async stop(): Promise<void> {
    for (const feature of this.#list()) await feature.onStop?.()
  }

  /** Closes features in reverse order, so that each may use earlier ones until then. */
  async close(): Promise<void> {
    for (const feature of this.#list().toReversed()) await feature.onClose?.()
  }

  /** Passes an event to the features and to its receivers on this node. */
  onEvent(record: EventRecord): void {
    const { byChannel, onEvent, onDelivered } = this.#moments
    if (record.channel.startsWith('$')) {
      byChannel.get(record.channel)?.onRecord?.(record)
      return
    }
    for (const feature of onEvent) if (feature.onEvent(record) === 'taken') return
    const delivery = this.#fanout.deliver(record)
    for (const feature of onDelivered) feature.onDelivered(record, delivery)
  }

  /** Passes a change to the features that own its map. */
  onChange(change: MapChange): void {
    for (const feature of this.#moments.byMap.get(change.map) ?? []) feature.onChange?.(change)
  }

  /** Asks whether a user may connect; undefined without any check. Never rejects. */
  admit(connection: UserConnection): Promise<RealtimeError | undefined> | undefined {
    let asked: Promise<RealtimeError | undefined> | undefined
    for (const feature of this.#moments.onConnect) {
      asked = asked
        ? asked.then((refusal) => refusal ?? feature.onConnect(connection))
        : feature.onConnect(connection)
    }
    return asked
  }

  /** Tells features that the user of a connection is known. */
  identified(connection: UserConnection): void {
    for (const feature of this.#moments.onIdentified) feature.onIdentified(connection)
  }

  /** Tells features that a connection has ended. */
  ended(connection: Connection): void {
    for (const feature of this.#moments.onEnded) feature.onEnded(connection)
  }

  /** Asks whether a membership may begin; returns additional fields of the reply. */
  async join(membership: Membership, frame: SubscribeRequest): Promise<Result<ReplyField[]>> {
    const fields: ReplyField[] = []
    for (const feature of this.#moments.onJoin) {
      const joined = await feature.onJoin(membership, frame)
      if (!joined.ok) return joined
      if (joined.value) fields.push(joined.value)
    }
    return ok(fields)
  }

  /** Tells features that a membership has ended. */
  left(membership: Membership, reason: LeaveReason): void {
    for (const feature of this.#moments.onLeave) feature.onLeave(membership, reason)
  }

  /** Tells features that a client within this process has left a channel. */
  clientLeft(channel: string, clientId: string): void {
    for (const feature of this.#moments.onClientLeft) feature.onClientLeft(channel, clientId)
  }

  /** Lets a feature publish a client's event its own way; undefined if none does. */
  guard(
    connection: UserConnection,
    publication: Publication,
    recheck: () => Result<unknown>,
  ): Promise<Outcome<PublishReply>> | undefined {
    for (const feature of this.#moments.guard) {
      const guarded = feature.guard(connection, publication, recheck)
      if (guarded) return guarded
    }
    return undefined
  }

  /** Tells features that a client's event was handed to the engine. */
  published(connection: UserConnection, channel: string): void {
    for (const feature of this.#moments.onPublished) feature.onPublished(connection, channel)
  }

  /** Prepares the work of features after an event is appended; undefined for none. */
  followUp(publication: Publication, id: EventId): (() => Promise<void>) | undefined {
    let all: (() => Promise<void>) | undefined
    for (const feature of this.#moments.followUp) {
      const next = feature.followUp(publication, id)
      const before = all
      all = next && before ? () => before().then(next) : (next ?? before)
    }
    return all
  }

  /** Lists the channels that exist without any connection in them. */
  channels(): readonly string[] {
    return this.#moments.channels.flatMap((feature) => feature.channels())
  }
}
