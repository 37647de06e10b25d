import {
  type ConnectionId,
  RealtimeError,
  type SubscriptionId,
  type UserId,
} from '@coterie/protocol'
import type { ConnectionState } from '../../core/connection-state.ts'
import { requireIdText } from '../../core/id-text.ts'
import { requireObject } from '../../core/require-object.ts'

const ENDED: readonly ConnectionState[] = ['disconnecting', 'disconnected', 'error']
const STATES: readonly ConnectionState[] = [
  'initializing',
  'connecting',
  'connected',
  'authenticating',
  'authenticated',
  ...ENDED,
]

/** What a connection is made of; what `hub.connections.find` returns fits. */
export interface ConnectionFields {
  readonly id: string
  /** @default 'initializing' */
  readonly state?: ConnectionState | undefined
  readonly userId?: string | null | undefined
  /** Ids of stored subscriptions, or names of channels and patterns. */
  readonly subscriptions?: Iterable<string> | undefined
}

/**
 * A connection as an application may keep it beside the hub: who is behind it,
 * where it is in its life, and what it is subscribed to.
 *
 * @example
 * ```ts
 * const connection = new Connection({ id: 'connection-123' })
 * connection.associateUser('user-456')
 * connection.updateState('connected')
 * connection.isAuthenticated() // true
 * ```
 */
export class Connection {
  readonly id: ConnectionId
  readonly #subscriptions = new Set<string>()
  #state: ConnectionState
  #userId: UserId | null = null

  /** @throws {RealtimeError} `invalid_payload` for a bad value, naming the field */
  constructor(given: ConnectionFields) {
    requireObject('connection', given)
    const { id, state = 'initializing', userId, subscriptions = [] } = given
    this.id = requireIdText('id', id) as ConnectionId
    this.#state = checkState(state)
    if (userId != null) this.associateUser(userId)
    for (const each of subscriptions) this.addSubscription(each)
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Null until a user is associated. */
  get userId(): UserId | null {
    return this.#userId
  }

  /** In the order in which they were added, each once. */
  get subscriptions(): readonly string[] {
    return [...this.#subscriptions]
  }

  /**
   * Says who is behind it; the same user again changes nothing.
   *
   * @throws {RealtimeError} `conflict` for another user: a connection never changes its user
   */
  associateUser(userId: UserId | string): void {
    const checked = requireIdText('userId', userId) as UserId
    if (this.#userId !== null && this.#userId !== checked) {
      const message = `the connection belongs to ${this.#userId}; it never changes its user`
      throw new RealtimeError('conflict', message)
    }
    this.#userId = checked
  }

  /** Moves it to another state. @throws {RealtimeError} `conflict` once it is disconnected */
  updateState(state: ConnectionState): void {
    const checked = checkState(state)
    if (this.#state === 'disconnected' && checked !== 'disconnected') {
      throw new RealtimeError('conflict', 'the connection is disconnected; open another one')
    }
    this.#state = checked
  }

  /** Adds a subscription; false where it is there already. */
  addSubscription(subscription: SubscriptionId | string): boolean {
    const checked = requireIdText('subscription', subscription)
    if (this.#subscriptions.has(checked)) return false
    this.#subscriptions.add(checked)
    return true
  }

  /** Takes a subscription away; false where it is not there. */
  removeSubscription(subscription: SubscriptionId | string): boolean {
    return this.#subscriptions.delete(subscription)
  }

  /** Tells whether what is sent may still arrive. */
  isActive(): boolean {
    return !ENDED.includes(this.#state)
  }

  /** Tells whether the connection has a user and frames may still reach it. */
  isAuthenticated(): boolean {
    return this.#userId !== null && this.isActive()
  }

  toJSON(): {
    id: string
    state: ConnectionState
    user_id: string | null
    subscriptions: readonly string[]
  } {
    const { id, state, userId, subscriptions } = this
    return { id, state, user_id: userId, subscriptions }
  }
}

function checkState(state: ConnectionState): ConnectionState {
  if (STATES.includes(state)) return state
  throw new RealtimeError('invalid_payload', `state: expected one of ${STATES.join(', ')}`)
}
