import type { JsonLike, SubscriptionId, UserId } from '@coterie/protocol'
import { canonicalChannel, copyJson, patternMatches, RealtimeError } from '@coterie/protocol'
import { isoTime } from '../../core/iso-time.ts'
import { requireObject } from '../../core/require-object.ts'
import type { Clock } from '../../ports/clock.ts'
import type {
  JsonObject,
  StoredSubscription,
  SubscriptionStatus,
  SubscriptionType,
} from '../../ports/subscription-repository.ts'
import { systemClock } from '../../system/system-clock.ts'
import { systemRandom } from '../../system/system-random.ts'
import type { Filter } from './filter.ts'
import { completeSubscription, isWhole, type SubscriptionFields } from './subscription-fields.ts'
import { filterOf, isPast } from './subscription-index.ts'
import { labelsProblem, statusProblem } from './subscription-request.ts'

/** An event that a subscription may match, with the fields that are known. */
export interface DescribedEvent {
  readonly resource_type?: string | undefined
  readonly resource_id?: string | undefined
  readonly channel?: string | undefined
  readonly event?: string | undefined
  readonly action?: string | undefined
  readonly payload?: JsonLike | undefined
}

/**
 * A user's stored interest in what happens.
 *
 * An application's own instance routes no events: for that, use the methods of
 * `hub.subscriptions`.
 */
export class Subscription {
  readonly #clock: Clock
  #stored: StoredSubscription
  #filter: { readonly value: Filter | undefined } | undefined

  /**
   * @param clock tells the time where a method is not told
   * @throws {RealtimeError} `invalid_payload` for a bad value, naming the field
   * @example
   * ```ts
   * const subscription = new Subscription({
   *   userId: 'user-456',
   *   type: 'resource',
   *   resourceId: 'post-789',
   *   resourceType: 'post',
   * })
   * subscription.matchesEvent({ resource_id: 'post-789', action: 'update' }) // true
   * ```
   */
  constructor(
    given: StoredSubscription | SubscriptionFields,
    clock: Clock = systemClock,
    random = systemRandom,
  ) {
    requireObject('subscription', given)
    this.#clock = clock
    this.#stored = isWhole(given) ? given : completeSubscription(given, clock, random)
  }

  get stored(): StoredSubscription {
    return this.#stored
  }

  get id(): SubscriptionId {
    return this.#stored.id
  }

  get userId(): UserId {
    return this.#stored.userId
  }

  get type(): SubscriptionType {
    return this.#stored.type
  }

  get status(): SubscriptionStatus {
    return this.#stored.status
  }

  get labels(): readonly string[] {
    return this.#stored.labels
  }

  get resourceType(): string | null {
    return this.#stored.resourceType
  }

  get resourceId(): string | null {
    return this.#stored.resourceId
  }

  /** A channel name or pattern. */
  get topic(): string | null {
    return this.#stored.topic
  }

  get query(): JsonObject | null {
    return this.#stored.query
  }

  get payloadFilter(): JsonObject | null {
    return this.#stored.payloadFilter
  }

  get metadata(): JsonObject {
    return this.#stored.metadata
  }

  /** Wall time in ms since 1970. */
  get createdAtMs(): number {
    return this.#stored.createdAtMs
  }

  /** Wall time in ms since 1970. */
  get updatedAtMs(): number {
    return this.#stored.updatedAtMs
  }

  /** Wall time in ms since 1970; null for never. */
  get expiresAtMs(): number | null {
    return this.#stored.expiresAtMs
  }

  /** Pauses, resumes or ends it. @throws {RealtimeError} `invalid_payload` */
  updateStatus(status: SubscriptionStatus, nowMs = this.#clock.now()): void {
    refuse(statusProblem(status))
    this.#stored = { ...this.#stored, status, updatedAtMs: nowMs }
  }

  /** Adds a label; adding it again changes nothing. @throws {RealtimeError} `invalid_payload` */
  addLabel(label: string, nowMs = this.#clock.now()): void {
    if (this.#stored.labels.includes(label)) return
    const labels = [...this.#stored.labels, label]
    refuse(labelsProblem(labels))
    this.#stored = { ...this.#stored, labels, updatedAtMs: nowMs }
  }

  /** Tells whether it routes events: active, and not past its time. */
  isActive(nowMs = this.#clock.now()): boolean {
    return this.#stored.status === 'active' && !isPast(this.#stored, nowMs)
  }

  /**
   * Tells whether it is for an event; one that is not active is for none. A
   * resource is known by its id, and by its type where the event names one.
   */
  matchesEvent(event: DescribedEvent, nowMs = this.#clock.now()): boolean {
    return this.isActive(nowMs) && this.#isAbout(event) && this.#passes(event)
  }

  #isAbout({ resource_id, resource_type, channel }: DescribedEvent): boolean {
    const { topic, resourceId, resourceType } = this.#stored
    if (topic !== null)
      return channel !== undefined && patternMatches(topic, canonicalChannel(channel))
    if (resourceId !== null) {
      return (
        resource_id === resourceId &&
        (resource_type === undefined || resource_type === resourceType)
      )
    }
    return resourceType === null
      ? resource_id !== undefined || resource_type !== undefined
      : resource_type === resourceType
  }

  #passes(event: DescribedEvent): boolean {
    if (!this.#filter) {
      const compiled = filterOf(this.#stored)
      if (!compiled.ok) return false
      this.#filter = compiled
    }
    const filter = this.#filter.value
    if (!filter) return true
    if (event.payload === undefined) return filter.matches(event)
    // As it is published: a date is compared as its text.
    const payload = copyJson(event.payload)
    return payload.ok && filter.matches({ ...event, payload: payload.value })
  }
}

/** A stored subscription as REST shows it. */
export interface SubscriptionResource {
  readonly id: SubscriptionId
  readonly user_id: UserId
  readonly type: SubscriptionType
  readonly status: SubscriptionStatus
  /** ISO 8601 UTC with milliseconds, like all times here. */
  readonly created_at: string
  readonly updated_at: string
  readonly expires_at: string | null
  readonly resource_id: string | null
  readonly resource_type: string | null
  readonly topic: string | null
  readonly query: JsonObject | null
  readonly labels: readonly string[]
  readonly metadata: JsonObject
  /** Only where it has one. */
  readonly payload_filter?: JsonObject
}

/** Describes a subscription as REST shows it. */
export function describeSubscription({ stored }: Subscription): SubscriptionResource {
  const { expiresAtMs, payloadFilter } = stored
  return {
    id: stored.id,
    user_id: stored.userId,
    type: stored.type,
    status: stored.status,
    created_at: isoTime(stored.createdAtMs),
    updated_at: isoTime(stored.updatedAtMs),
    expires_at: expiresAtMs === null ? null : isoTime(expiresAtMs),
    resource_id: stored.resourceId,
    resource_type: stored.resourceType,
    topic: stored.topic,
    query: stored.query,
    labels: stored.labels,
    metadata: stored.metadata,
    ...(payloadFilter && { payload_filter: payloadFilter }),
  }
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new RealtimeError('invalid_payload', problem)
}
