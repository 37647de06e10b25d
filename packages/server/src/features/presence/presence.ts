import {
  ok,
  type PresenceAppearance,
  type Result,
  refuse,
  type SubscribeRequest,
  type UserId,
} from '@coterie/protocol'
import type { Access } from '../../core/access.ts'
import { refuseStranger } from '../../core/access.ts'
import { Departures } from '../../core/departures.ts'
import { done, type Feature, type ReplyField } from '../../core/feature.ts'
import type { Interest } from '../../core/interest.ts'
import type { Membership } from '../../core/membership.ts'
import type { Checked, PayloadCheck } from '../../core/payload-check.ts'
import { formatPresence, PRESENCE_MAP, type PresenceValue } from '../../core/presence-map.ts'
import type { ReplyParts } from '../../core/subscribe-reply.ts'
import { Turns } from '../../core/turns.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, KeyChange } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import { FollowedRoster } from './followed-roster.ts'

/** The parts of the hub that the feature needs. */
export interface PresenceFeatureParts {
  readonly engine: Engine
  readonly access: Access
  readonly interest: Interest
  readonly clock: Clock
  readonly logger: Logger
  /** How long a closed connection stays present, in ms. */
  readonly graceMs: number
  /** Names this run of this node. */
  readonly node: string
  /** How long changes are collected into one difference in a small channel, in ms. */
  readonly windowMs: number
  /** In a channel with more users, followers get their number instead of their names. */
  readonly maxListedUsers: number
  readonly maxDataBytes: number
  readonly check: PayloadCheck
}

/** The feature, and what the application may change of it. */
export interface PresenceFeature extends Feature {
  /** Changes how a user's connections on this node appear; false where none appears. */
  appear(channel: string, userId: string, wanted: PresenceAppearance): boolean
}

/** Tracks the users in a channel: a snapshot on joining, then differences. */
export function presenceFeature(parts: PresenceFeatureParts): PresenceFeature {
  return new Presence(parts)
}

class Presence implements PresenceFeature {
  readonly maps = [PRESENCE_MAP]
  readonly #parts: PresenceFeatureParts
  readonly #rosters = new Map<string, FollowedRoster>()
  readonly #appearances = new Map<Membership, PresenceValue>()
  /** Closed connections still shown. */
  readonly #departures: Departures<PresenceValue>
  readonly #turns = new Turns()
  #startedAtMs = 0

  readonly memberFrames: Feature['memberFrames'] = {
    presence: async (member, frame) => {
      const shown = await this.#appear(member, frame)
      return shown.ok ? done : shown
    },
  }

  constructor(parts: PresenceFeatureParts) {
    this.#parts = parts
    this.#departures = new Departures(parts.clock, parts.graceMs, (channel, { connectionId }) => {
      this.#write(channel, [{ key: connectionId, value: null }])
    })
  }

  async onStart(): Promise<void> {
    this.#startedAtMs = this.#parts.clock.elapsed()
  }

  async onStop(): Promise<void> {
    this.#departures.stop()
  }

  async onJoin(
    membership: Membership,
    { presence }: SubscribeRequest,
  ): Promise<Result<ReplyField | undefined>> {
    if (presence === undefined || presence === false) return ok(undefined)
    const { channel, definition } = membership
    if (!definition.presence) return refuse('forbidden', `${channel} has no presence`)
    const roster = this.#rosterOf(channel)
    roster.follow(membership)
    await roster.map.load()
    if (presence !== 'follow') {
      const shown = await this.#appear(membership, presence === true ? {} : presence)
      if (!shown.ok) return shown
    }
    return ok(() => ({ ...roster.snapshotFor(membership), ...this.#describeReturn() }))
  }

  onLeave(membership: Membership, reason: 'unsubscribed' | 'closed'): void {
    const { channel, connection } = membership
    const roster = this.#rosters.get(channel)
    roster?.unfollow(membership)
    if (roster && !roster.hasFollowers) this.#rosters.delete(channel)

    const value = this.#appearances.get(membership)
    if (!value) return
    this.#appearances.delete(membership)
    if (reason === 'unsubscribed') {
      this.#write(channel, [{ key: connection.id, value: null }])
      return
    }
    this.#departures.add(channel, value.user_id, { connectionId: connection.id, value })
  }

  onChange(change: Parameters<NonNullable<Feature['onChange']>>[0]): void {
    this.#rosters.get(change.channel)?.map.apply(change)
  }

  appear(channel: string, userId: string, wanted: PresenceAppearance): boolean {
    let isShown = false
    for (const membership of this.#parts.interest.members(channel)) {
      const value = this.#appearances.get(membership)
      if (value?.user_id !== userId) continue
      isShown = true
      this.#show(membership, value.user_id, wanted).catch((error: unknown) => {
        this.#parts.logger.warn({ channel, error }, 'a presence change could not be written')
      })
    }
    return isShown
  }

  // An engine in memory has forgotten who was present before a restart. Those users were cut
  // off, so they get the grace period of users who are cut off.
  #describeReturn(): ReplyParts {
    const { engine, clock, graceMs, node } = this.#parts
    const restMs = this.#startedAtMs + graceMs - clock.elapsed()
    const isForgetful = !engine.capabilities.durable
    if (!isForgetful || restMs <= 0) return {}
    return { presence_returning: { epoch: node, ms: Math.ceil(restMs) } }
  }

  async #appear(membership: Membership, wanted: PresenceAppearance): Promise<Result<void>> {
    const { connection, channel } = membership
    const { userId } = connection.principal
    const refusal = this.#refusalOf(membership, wanted)
    if (refusal) return refusal
    const { presence: schema } = membership.definition.schemas ?? {}
    if (!schema) return this.#show(membership, userId, wanted)
    const { check } = this.#parts
    const { data } = wanted
    const checking = data === undefined ? undefined : check.presence(schema, channel, data)
    return this.#turns.take(`${channel} ${connection.id}`, checking, async (given) => {
      // Data that the user does not give stays as it is.
      if (!given && this.#isKnown(membership, userId)) {
        return this.#show(membership, userId, wanted)
      }
      const accepted = given ?? (await check.presence(schema, channel, undefined))
      return this.#showAccepted(membership, userId, wanted, accepted)
    })
  }

  async #showAccepted(
    membership: Membership,
    userId: UserId,
    { status }: PresenceAppearance,
    accepted: Result<Checked>,
  ): Promise<Result<void>> {
    if (!accepted.ok) return accepted
    const { channel, connection } = membership
    const { value, text = '' } = accepted.value
    const { maxDataBytes } = this.#parts
    if (Buffer.byteLength(text) > maxDataBytes) return refuseSize(maxDataBytes)
    // The user may have left during the check.
    if (connection.memberships.get(channel) !== membership) return refuseStranger(channel)
    return this.#show(membership, userId, { status, data: value })
  }

  async #show(
    membership: Membership,
    userId: UserId,
    wanted: PresenceAppearance,
  ): Promise<Result<void>> {
    const { connection, channel } = membership
    const nowMs = this.#parts.clock.now()
    const before = this.#appearances.get(membership)
    // A user who comes back takes over what was still shown, so others see no change.
    const returning = this.#departures.take(channel, userId)
    const known = before ?? returning[0]?.value
    const value: PresenceValue = {
      user_id: userId,
      status: wanted.status ?? before?.status ?? 'online',
      data: wanted.data === undefined ? (known?.data ?? null) : wanted.data,
      joined_at: known?.joined_at ?? nowMs,
      last_seen: nowMs,
    }
    this.#appearances.set(membership, value)
    const gone = returning.map(({ connectionId }) => ({ key: connectionId, value: null }))
    const { engine } = this.#parts
    const changes: KeyChange[] = [{ key: connection.id, value: formatPresence(value) }, ...gone]
    const changed = await engine.change(channel, PRESENCE_MAP, changes, { leased: true })
    // A connection that closed meanwhile found no appearance to remove.
    if (connection.memberships.get(channel) !== membership) {
      this.#appearances.delete(membership)
      this.#write(channel, [{ key: connection.id, value: null }])
    }
    return changed.ok ? ok(undefined) : changed
  }

  #refusalOf(
    { channel, connection, definition }: Membership,
    { data }: PresenceAppearance,
  ): ReturnType<typeof refuse> | undefined {
    if (!definition.presence) return refuse('forbidden', `${channel} has no presence`)
    const { maxDataBytes } = this.#parts
    if (data !== undefined && Buffer.byteLength(JSON.stringify(data)) > maxDataBytes) {
      return refuseSize(maxDataBytes)
    }
    const allowed = this.#parts.access.act(connection.principal, 'presence', channel, true)
    return allowed.ok ? undefined : allowed
  }

  #isKnown(membership: Membership, userId: string): boolean {
    if (this.#appearances.has(membership)) return true
    return this.#departures.of(membership.channel, userId).length > 0
  }

  #rosterOf(channel: string): FollowedRoster {
    let roster = this.#rosters.get(channel)
    if (!roster) {
      const { engine, clock } = this.#parts
      roster = new FollowedRoster(engine, PRESENCE_MAP, channel, clock, this.#parts)
      this.#rosters.set(channel, roster)
    }
    return roster
  }

  // Not awaited: an entry that is not removed ends with the lease of this node.
  #write(channel: string, changes: readonly KeyChange[]): void {
    this.#parts.engine
      .change(channel, PRESENCE_MAP, changes, { leased: true })
      .catch((error: unknown) => {
        this.#parts.logger.warn({ channel, error }, 'a presence change could not be written')
      })
  }
}

function refuseSize(maxBytes: number): ReturnType<typeof refuse> {
  return refuse('too_large', `presence data has at most ${maxBytes} bytes`)
}
