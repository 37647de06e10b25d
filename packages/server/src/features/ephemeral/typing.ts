import { ok, type Result } from '@coterie/protocol'
import { refuseStranger } from '../../core/access.ts'
import type { UserConnection } from '../../core/connection.ts'
import { done, type Feature } from '../../core/feature.ts'
import type { Interest } from '../../core/interest.ts'
import type { Membership } from '../../core/membership.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Changed, Engine, JsonText, MapChange } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import type { EphemeralOutlet } from './ephemeral-outlet.ts'
import { OwnTyping } from './own-typing.ts'
import { formatTypingKey, parseTypingKey, type TypingSource } from './typing-source.ts'
import { Typists } from './typists.ts'

/** The map of the engine that says who types. */
const TYPING_MAP = 'typing'
/** Typing ends by itself this long after it was last renewed, in ms. */
const TYPING_TTL_MS = 5_000
const NO_DATA = '{}' as JsonText

/** The parts of the hub that typing needs. */
export interface TypingParts {
  readonly engine: Engine
  readonly interest: Interest
  readonly outlet: EphemeralOutlet
  readonly clock: Clock
  readonly logger: Logger
}

/** Tracks typing users: kept by window, sent by user, and never logged. */
export class Typing implements Feature {
  readonly maps = [TYPING_MAP]
  readonly #parts: TypingParts
  readonly #typists: Typists
  /** Memberships that began to type and have not stopped. */
  readonly #typing = new Set<Membership>()
  /** Typing that this node sends to all others; only with a backend. */
  readonly #own: OwnTyping | undefined

  readonly memberFrames: Feature['memberFrames'] = {
    typing: async (member, { channel, is_typing: isTyping }) => {
      if (member.isPattern) return refuseStranger(channel)
      if (!isTyping) {
        this.#endMembership(member)
        return done
      }
      this.#typing.add(member)
      const { id, principal } = member.connection
      const started = await this.start({ channel, userId: principal.userId, source: id }, NO_DATA)
      return started.ok ? done : started
    },
  }

  constructor(parts: TypingParts) {
    this.#parts = parts
    this.#typists = new Typists(TYPING_TTL_MS)
    this.#own = parts.outlet.hasBackend ? new OwnTyping(parts.interest) : undefined
  }

  /** Starts or renews typing. @throws {RealtimeError} `unavailable` */
  async start(source: TypingSource, data: JsonText): Promise<Result<void>> {
    const { channel } = source
    const key = formatTypingKey(source)
    const options = { ttlMs: TYPING_TTL_MS }
    const write = (): Promise<Result<Changed>> =>
      this.#parts.engine.change(channel, TYPING_MAP, [{ key, value: data }], options)
    const changed = await (this.#own?.keep(channel, key, write) ?? write())
    return changed.ok ? ok(undefined) : changed
  }

  /** Ends typing in some windows, in the background. */
  stop(channel: string, userId: string, sources: Iterable<string>): void {
    const changes = [...sources].map((source) => ({
      key: formatTypingKey({ channel, userId, source }),
      value: null,
    }))
    if (changes.length === 0) return
    const { engine, logger } = this.#parts
    engine.change(channel, TYPING_MAP, changes, {}).catch((error: unknown) => {
      logger.warn({ channel, error }, 'typing could not be ended; it ends by itself')
    })
  }

  /** Tells whether this node knows of any typing of a user. */
  knows(channel: string, userId: string): boolean {
    for (const _ of this.#typists.sources(channel, userId)) return true
    return false
  }

  /** Tells whether the engine keeps any typing of a user. @throws {RealtimeError} `unavailable` */
  async isKept(channel: string, userId: string): Promise<boolean> {
    const { entries } = await this.#parts.engine.entries(channel, TYPING_MAP)
    return [...entries.keys()].some((key) => parseTypingKey(key).userId === userId)
  }

  /** Ends all typing of a user that this node knows of. */
  stopUser(channel: string, userId: string, more: Iterable<string> = []): void {
    this.stop(channel, userId, new Set([...this.#typists.sources(channel, userId), ...more]))
  }

  /** Ends typing in a window that this node knows of. */
  stopKnown(channel: string, userId: string, source: string): void {
    const known = [...this.#typists.sources(channel, userId)]
    this.stop(
      channel,
      userId,
      known.filter((other) => other === source),
    )
  }

  /** Drops a channel's typing users when this node has no listeners for it. */
  forget(channel: string): void {
    if (!this.#own?.isIn(channel)) this.#typists.forget(channel)
  }

  onChange({ channel, changes }: MapChange): void {
    const { outlet, clock } = this.#parts
    if (!outlet.isHeard(channel) && !this.#own?.isIn(channel)) return
    const nowMs = clock.elapsed()
    for (const { key, value } of changes) {
      const { userId, source } = parseTypingKey(key)
      // Every node sees the change. With a backend, only the node where it began sends it.
      const isToTell = !this.#own || this.#own.has(channel, key)
      if (value === null) {
        this.#own?.remove(channel, key)
        const isLast = this.#typists.end(channel, userId, source, nowMs)
        if (isLast && isToTell) outlet.tell(channel, { type: 'typing_stop', userId })
      } else {
        const isNews = this.#typists.renew(channel, userId, source, value, nowMs)
        if (!isNews || !isToTell) continue
        outlet.tell(channel, { type: 'typing_start', userId, data: JSON.parse(value) })
      }
    }
  }

  onLeave(membership: Membership): void {
    this.#endMembership(membership)
    if (!this.#parts.outlet.isHeard(membership.channel)) this.forget(membership.channel)
  }

  // A user who sent the message has stopped typing it, in all windows.
  onPublished(connection: UserConnection, channel: string): void {
    const membership = connection.memberships.get(channel)
    const wasTyping = membership !== undefined && this.#typing.delete(membership)
    this.stopUser(channel, connection.principal.userId, wasTyping ? [connection.id] : [])
  }

  // Typing in other windows of the user goes on.
  #endMembership(membership: Membership): void {
    const { connection, channel } = membership
    if (!this.#typing.delete(membership)) return
    this.stop(channel, connection.principal.userId, [connection.id])
  }
}
