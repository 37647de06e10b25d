import { ok, type Result } from '@coterie/protocol'
import type { Connection } from '../../core/connection.ts'
import { describeConnection } from '../../core/describe-connection.ts'
import type { LeaveReason } from '../../core/feature.ts'
import type { Membership } from '../../core/membership.ts'
import type { MembershipContext } from './trigger.ts'
import type { TriggerRegistry } from './trigger-registry.ts'
import type { TriggerRunner } from './trigger-runner.ts'

/** Runs what is to happen when clients enter channels and leave them. */
export class MembershipTriggers {
  readonly #registry: TriggerRegistry
  readonly #runner: TriggerRunner
  /** Memberships whose client has entered, and is to leave once. */
  readonly #entered = new WeakSet<Membership>()
  /** Memberships that are asked about, and why those have ended that did meanwhile. */
  readonly #asked = new WeakMap<Membership, LeaveReason | undefined>()
  /** By connection and channel, the leaves that are under way. */
  readonly #leaving = new WeakMap<Connection, Map<string, Promise<void>>>()

  constructor(registry: TriggerRegistry, runner: TriggerRunner) {
    this.#registry = registry
    this.#runner = runner
  }

  /** Runs the triggers of `join`, which may refuse; patterns are no channels that one enters. */
  async join(membership: Membership): Promise<Result<undefined>> {
    if (membership.isPattern || this.#entered.has(membership)) return ok(undefined)
    const { connection, channel } = membership
    this.#asked.set(membership, undefined)
    const leaving = this.#leaving.get(connection)?.get(channel)
    if (leaving) await leaving
    for (const trigger of this.#registry.find(channel, 'join')) {
      if (!connection.isOpen) break
      const context = contextOf(membership, 'join', undefined, trigger.channels?.params(channel))
      const ran = await this.#runner.run(trigger, context, aboutOf(membership, 'join'))
      if (ran.ok) continue
      this.#asked.delete(membership)
      return ran
    }
    // One that ended while it was asked about leaves what it entered.
    const ended = this.#asked.get(membership)
    this.#asked.delete(membership)
    if (ended) this.#leave(membership, ended)
    else this.#entered.add(membership)
    return ok(undefined)
  }

  /** Runs the triggers of `leave`, once for each time that a client had entered. */
  left(membership: Membership, reason: LeaveReason): void {
    if (this.#asked.has(membership)) this.#asked.set(membership, reason)
    if (this.#entered.delete(membership)) this.#leave(membership, reason)
  }

  /** Resolves when a connection has left all channels; undefined when nothing is under way. */
  leaving(connection: Connection): Promise<unknown> | undefined {
    const leaving = this.#leaving.get(connection)
    return leaving && Promise.all(leaving.values())
  }

  #leave(membership: Membership, reason: LeaveReason): void {
    const { connection, channel } = membership
    if (this.#registry.find(channel, 'leave').length === 0) return
    const ofConnection = this.#leaving.get(connection) ?? new Map<string, Promise<void>>()
    this.#leaving.set(connection, ofConnection)
    const earlier = ofConnection.get(channel) ?? Promise.resolve()
    const leaving = earlier
      .then(() => this.#runLeave(membership, reason))
      .finally(() => {
        if (ofConnection.get(channel) === leaving) ofConnection.delete(channel)
      })
    ofConnection.set(channel, leaving)
  }

  async #runLeave(membership: Membership, reason: LeaveReason): Promise<void> {
    const { channel } = membership
    for (const trigger of this.#registry.find(channel, 'leave')) {
      const context = contextOf(membership, 'leave', reason, trigger.channels?.params(channel))
      await this.#runner.run(trigger, context, aboutOf(membership, 'leave'))
    }
  }
}

function contextOf(
  { connection, channel }: Membership,
  event: 'join' | 'leave',
  reason: LeaveReason | undefined,
  params: MembershipContext['params'] = {},
): Omit<MembershipContext, 'signal' | 'publish'> {
  const described = describeConnection(connection)
  return { event, channel, params, reason, auth: connection.principal, connection: described }
}

function aboutOf({ connection, channel }: Membership, event: string) {
  return { connection_id: connection.id, channel, event }
}
