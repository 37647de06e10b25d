import {
  CLOSE_CODES,
  type ErrorCode,
  RealtimeError,
  type Result,
  type SubscribeRequest,
} from '@coterie/protocol'
import type { Connection, UserConnection } from './connection.ts'
import type { ChannelDefinition } from './definitions.ts'
import type { LeaveReason, ReplyField } from './feature.ts'
import type { FeatureHost } from './feature-host.ts'
import type { Interest } from './interest.ts'
import { FROM_NOW, Membership } from './membership.ts'
import { PatternCounts } from './pattern-counts.ts'

/** Starts and ends memberships, and tells every feature. */
export class Memberships {
  readonly #interest: Interest
  readonly #host: Pick<FeatureHost, 'join' | 'left'>
  readonly #patterns = new PatternCounts()

  constructor(interest: Interest, host: Pick<FeatureHost, 'join' | 'left'>) {
    this.#interest = interest
    this.#host = host
  }

  /** Tells whether one more pattern keeps a user within the limit of patterns. */
  mayFollow(userId: string, pattern: string, maxPatterns: number): boolean {
    return this.#patterns.has(userId, pattern) || this.#patterns.of(userId) < maxPatterns
  }

  /**
   * Registers a membership, new or existing, that holds live events back.
   *
   * @param resumes true when the membership will bring all events since a position
   */
  begin(
    connection: UserConnection,
    channel: string,
    definition: ChannelDefinition,
    resumes: boolean,
  ): Membership {
    const earlier = connection.memberships.get(channel)
    if (earlier) {
      earlier.isSubscribed = true
      earlier.hold(resumes)
      return earlier
    }
    const membership = new Membership(connection, channel, definition, false)
    membership.hold(resumes)
    connection.memberships.set(channel, membership)
    if (membership.isPattern) this.#patterns.add(membership)
    return membership
  }

  /** Connects a membership to live events and asks the features, who may refuse it. */
  async join(membership: Membership, frame: SubscribeRequest): Promise<Result<ReplyField[]>> {
    await this.#interest.add(membership)
    const joined = await this.#host.join(membership, frame)
    if (joined.ok && !this.isCurrent(membership)) {
      throw new RealtimeError('forbidden', 'the connection has ended meanwhile')
    }
    return joined
  }

  /** Joins a connection to a channel on the server's initiative, live at once. */
  place(connection: UserConnection, channel: string, definition: ChannelDefinition): void {
    const membership = new Membership(connection, channel, definition, true)
    connection.memberships.set(channel, membership)
    this.#interest.add(membership).catch(() => {
      connection.close(CLOSE_CODES.unavailable, 'the engine is unavailable')
    })
  }

  /** Ends a membership. Repeating it changes nothing. */
  leave(membership: Membership, reason: LeaveReason): void {
    if (!this.isCurrent(membership)) return
    if (membership.isPlaced && reason === 'unsubscribed') {
      this.#leavePlaced(membership)
      return
    }
    membership.connection.memberships.delete(membership.channel)
    membership.connection.outbox.forget(membership)
    this.#interest.remove(membership)
    if (membership.isPattern) this.#patterns.remove(membership)
    this.#host.left(membership, reason)
  }

  /** Ends a membership on the server's initiative, and tells the client why. */
  putOut(membership: Membership, code: ErrorCode, reason: string): void {
    if (!this.isCurrent(membership)) return
    const { channel, connection } = membership
    connection.send('unsubscribed', { channel, code, reason })
    this.leave(membership, 'unsubscribed')
  }

  // Users whom the server joined stay in the channel when they unsubscribe.
  #leavePlaced(membership: Membership): void {
    membership.isSubscribed = false
    membership.goLive(FROM_NOW)
    this.#host.left(membership, 'unsubscribed')
  }

  /** Ends all memberships of a closed connection. */
  leaveAll(connection: Connection): void {
    for (const membership of [...connection.memberships.values()]) this.leave(membership, 'closed')
  }

  /** Tells whether a membership has not ended. */
  isCurrent(membership: Membership): boolean {
    return membership.connection.memberships.get(membership.channel) === membership
  }
}
