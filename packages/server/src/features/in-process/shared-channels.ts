import type { UserId } from '@coterie/protocol'
import type { Definitions } from '../../core/definitions.ts'
import type { HubLifecycle } from '../../core/hub-lifecycle.ts'
import type { Interest } from '../../core/interest.ts'
import type { Memberships } from '../../core/memberships.ts'
import { formatPresence, PRESENCE_MAP } from '../../core/presence-map.ts'
import type { HubPresence } from '../../local/hub-presence.ts'
import type { PresenceMetadata } from '../../local/presence-tracker.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, JsonText, MapChange } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import { PresenceMirror } from './presence-mirror.ts'

/** The parts of the hub that sharing channels needs. */
export interface SharedChannelsParts {
  readonly engine: Engine
  readonly interest: Interest
  readonly definitions: Definitions
  readonly memberships: Memberships
  readonly presence: HubPresence
  readonly clock: Clock
  readonly logger: Logger
  /** Names this process among those that share the engine. */
  readonly node: string
  readonly lifecycle: Pick<HubLifecycle, 'start'>
}

/** Makes channels that clients of this process and connections use alike. */
export class SharedChannels {
  readonly #parts: SharedChannelsParts
  readonly #keys: string
  readonly #mirror: PresenceMirror
  /** Channels that are declared only because they are shared. */
  readonly #declared = new Set<string>()
  /** Channels that the engine brings even if no connection is in them. */
  readonly #pinned = new Set<string>()

  constructor(parts: SharedChannelsParts) {
    this.#parts = parts
    this.#keys = `local:${parts.node}:`
    this.#mirror = new PresenceMirror(parts.engine, parts.presence, this.#keys)
  }

  /** Lets connections into a channel, and shows its clients who of them is there. */
  begin(name: string): void {
    const { interest, definitions } = this.#parts
    if (definitions.declare(name, { presence: true })) {
      this.#declared.add(name)
    }
    const map = this.#mirror.begin(name)
    this.#inBackground('a channel could not be subscribed to', async () => {
      // The channel was removed before the engine was open, or created again.
      if (!this.#mirror.isFedBy(name, map)) return
      this.#pinned.add(name)
      // A failed join is repeated for the next member; then the map gets its changes.
      await interest.pin(name).finally(() => map.load())
    })
  }

  /** Puts the connections out of a channel. */
  end(name: string): void {
    const { interest, definitions, memberships } = this.#parts
    this.#mirror.end(name)
    if (this.#pinned.delete(name)) interest.unpin(name)
    if (this.#declared.delete(name)) definitions.retract(name)
    for (const membership of [...interest.members(name)]) {
      memberships.putOut(membership, 'unknown_channel', 'the channel was removed')
    }
  }

  /** Takes a change of who is present. */
  apply(change: MapChange): void {
    this.#mirror.apply(change)
  }

  /** Tells whether a client of this process is in a channel. */
  isOwn(channel: string, clientId: string): boolean {
    return this.#mirror.isOwn(channel, clientId)
  }

  /** Tells whether a user is in a channel by a connection. */
  isConnected(channel: string, userId: string): boolean {
    return this.#mirror.isConnected(channel, userId)
  }

  /** Shows a client of this process to everybody. */
  show(channel: string, clientId: string, metadata: PresenceMetadata): void {
    this.#mirror.note(channel, clientId, metadata)
    const nowMs = this.#parts.clock.now()
    const value = formatPresence({
      user_id: clientId as UserId,
      status: 'online',
      data: metadata,
      joined_at: nowMs,
      last_seen: nowMs,
    })
    this.#change(channel, clientId, value)
  }

  /** Shows that a client of this process has gone; who is there by a socket too stays. */
  hide(channel: string, clientId: string): void {
    this.#mirror.hide(channel, clientId)
    this.#change(channel, clientId, null)
  }

  // The promise is not awaited.
  #inBackground(failure: string, run: () => Promise<void>): void {
    const { lifecycle, logger } = this.#parts
    lifecycle
      .start()
      .then(run)
      .catch((error: unknown) => logger.error({ error }, failure))
  }

  #change(channel: string, clientId: string, value: JsonText | null): void {
    // Without presence in the channel it would not be visible.
    const isSeen = this.#mirror.has(channel) || this.#parts.definitions.of(channel)?.presence
    if (!isSeen) return
    const changes = [{ key: `${this.#keys}${clientId}`, value }]
    this.#inBackground('presence could not be shown', async () => {
      await this.#parts.engine.change(channel, PRESENCE_MAP, changes, { leased: true })
    })
  }
}
