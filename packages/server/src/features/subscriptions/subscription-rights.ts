import {
  canonicalChannel,
  hasWildcard,
  isUserChannel,
  ok,
  type Result,
  refuse,
  tenantSegment,
  type UserId,
  userChannel,
} from '@coterie/protocol'
import type { Access } from '../../core/access.ts'
import type { Definitions } from '../../core/definitions.ts'
import type { Principal } from '../../ports/principal.ts'
import type { ProvenRights, StoredSubscription } from '../../ports/subscription-repository.ts'

/** What a subscription is for. */
export type Interest = Pick<StoredSubscription, 'topic' | 'resourceType' | 'resourceId'>

/** Decides what a user may be interested in, and what of it may reach them. */
export class SubscriptionRights {
  readonly #access: Access
  readonly #definitions: Definitions

  constructor(access: Access, definitions: Definitions) {
    this.#access = access
    this.#definitions = definitions
  }

  /** Decides whether a principal may store an interest. */
  mayStore(principal: Principal, interest: Interest): Result<void> {
    if (principal.isAnonymous) {
      return refuse('forbidden', 'only users who have authenticated can store subscriptions')
    }
    const { topic, resourceType, resourceId } = interest
    const pattern = patternOf(interest)
    if (pattern !== undefined && isForeign(principal, pattern)) return refuseForeign(pattern)
    if (topic !== null) return this.#mayStoreTopic(principal, topic)
    if (resourceType === null) return ok(undefined)
    return resourceId === null
      ? this.#mayStoreType(principal, resourceType)
      : this.#mayStoreResource(principal, channelOf(resourceType, resourceId))
  }

  /** Returns what a principal has of what an interest may need, as it is kept with it. */
  prove(principal: Principal, interest: Interest): ProvenRights {
    const pattern = patternOf(interest)
    return {
      tenant: principal.tenant ?? null,
      isGranted: pattern !== undefined && this.#access.isGranted(principal, pattern),
    }
  }

  /** Decides whether what happens in a channel may reach a principal who is connected. */
  mayHear(principal: Principal, channel: string): boolean {
    return this.#access.mayReadByPattern(principal, channel)
  }

  /**
   * Decides whether a user who may not be there can be notified of what happens
   * in a channel: the rules hold as they are now, and of what a token says only
   * what it said when the subscription was stored.
   */
  mayNotify(stored: StoredSubscription, channel: string): boolean {
    return stored.isVouched || this.mayHear(provenPrincipal(stored), channel)
  }

  #mayStoreTopic(principal: Principal, topic: string): Result<void> {
    if (hasWildcard(topic)) return this.#access.subscribePattern(principal, topic)
    const allowed = this.#access.subscribe(principal, topic)
    if (!allowed.ok) return allowed
    return this.mayHear(principal, topic)
      ? ok(undefined)
      : refuse('forbidden', `${topic} has a password, and only its members receive its events`)
  }

  #mayStoreResource(principal: Principal, channel: string): Result<void> {
    // What nobody declared may be stored; it is delivered to whom the application vouches for.
    if (this.#definitions.of(channel) === undefined || this.mayHear(principal, channel)) {
      return ok(undefined)
    }
    return refuse('forbidden', `you may not subscribe to ${channel}`)
  }

  #mayStoreType(principal: Principal, type: string): Result<void> {
    const isOpen = this.#definitions
      .overlapping(channelOf(type, '#'))
      .every(({ subscribe }) => subscribe !== 'granted' && subscribe !== 'server')
    return isOpen ? ok(undefined) : this.#access.subscribePattern(principal, channelOf(type, '*'))
  }
}

/** Returns the channel whose rules are those of a resource. */
export function channelOf(resourceType: string, resourceId: string): string {
  return canonicalChannel(`${resourceType}:${resourceId}`)
}

function patternOf({ topic, resourceType, resourceId }: Interest): string | undefined {
  if (topic !== null || resourceType === null) return topic ?? undefined
  return channelOf(resourceType, resourceId ?? '*')
}

// Patterns that leave the tenant or the user open are looked at for each event.
function isForeign({ userId, tenant }: Principal, pattern: string): boolean {
  const [kind, owner] = pattern.split(':')
  if (owner === undefined || owner === '*' || owner === '#') return false
  if (kind === 'tenant') return tenant === undefined || owner !== tenantSegment(tenant)
  return isUserChannel(pattern) && pattern !== userChannel(userId)
}

function refuseForeign(pattern: string): ReturnType<typeof refuse> {
  return refuse('forbidden', `${pattern} belongs to somebody else`)
}

/** What the user of a subscription was known to have when it was stored. */
function provenPrincipal(stored: StoredSubscription): Principal {
  const pattern = patternOf(stored)
  const { tenant, isGranted } = stored.proven ?? earlierRights(stored, pattern)
  return {
    userId: stored.userId as UserId,
    isAnonymous: false,
    tenant: tenant ?? undefined,
    grants:
      isGranted && pattern !== undefined ? [{ channels: pattern, actions: ['subscribe'] }] : [],
    profile: undefined,
    expiresAtMs: undefined,
  }
}

// Earlier releases kept nothing. A topic was checked by its rule; a resource that nobody had
// declared was not, and must not become proven by being declared later.
function earlierRights({ topic }: StoredSubscription, pattern: string | undefined): ProvenRights {
  const [kind, owner] = pattern?.split(':') ?? []
  return { tenant: kind === 'tenant' ? (owner ?? null) : null, isGranted: topic !== null }
}
