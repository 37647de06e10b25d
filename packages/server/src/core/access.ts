import {
  canonicalChannel,
  hasWildcard,
  isBoundedPattern,
  isChannelName,
  isChannelPattern,
  isUserChannel,
  ok,
  PATTERN_BOUNDS,
  patternCovers,
  type Result,
  refuse,
  tenantSegment,
  userChannel,
} from '@coterie/protocol'
import type { Action, Principal } from '../ports/principal.ts'
import type { ChannelDefinition, Definitions, SubscribeRule } from './definitions.ts'
import type { Reader } from './reader.ts'
import { roomOf } from './room-channel.ts'

/** Keeps users out of channels for a reason other than the channel's definition. */
export interface ChannelGuard {
  /** True where users need a password before they may know anything. */
  isLocked(channel: string): boolean
  isBanned(channel: string, userId: string): boolean
}

/** Decides which user may do what in which channel. */
export class Access {
  readonly #definitions: Definitions
  readonly #guard: ChannelGuard

  constructor(definitions: Definitions, guard: ChannelGuard) {
    this.#definitions = definitions
    this.#guard = guard
  }

  /** Finds the definition of a channel; refuses invalid and undeclared names. */
  define(channel: string): Result<ChannelDefinition> {
    if (!isChannelName(channel)) return refuseName(channel)
    const definition = this.#definitions.of(channel)
    return definition ? ok(definition) : refuseUndeclared(channel)
  }

  /** Decides whether a principal may subscribe to a channel, by its name. */
  subscribe(principal: Principal, channel: string): Result<ChannelDefinition> {
    const defined = this.define(channel)
    if (!defined.ok) return defined
    return this.mayRead(principal, channel, defined.value)
      ? defined
      : refuse('forbidden', `you may not subscribe to ${channel}`)
  }

  /** Decides whether a principal may subscribe to a pattern: one grant must cover it whole. */
  subscribePattern(principal: Principal, pattern: string): Result<undefined> {
    if (!isChannelPattern(pattern)) return refuseName(pattern)
    if (!isBoundedPattern(pattern)) return refuseComplexity()
    return isGranted(principal, 'subscribe', pattern)
      ? ok(undefined)
      : refuse('forbidden', `no grant covers the pattern ${pattern}`)
  }

  /** Decides whether a principal may subscribe to a channel or to a pattern. */
  maySubscribe(principal: Principal, name: string): Result<ChannelDefinition | undefined> {
    return hasWildcard(name)
      ? this.subscribePattern(principal, name)
      : this.subscribe(principal, name)
  }

  /** Tells whether one grant lets a principal subscribe to a channel, or to all of a pattern. */
  isGranted(principal: Principal, pattern: string): boolean {
    return isGranted(principal, 'subscribe', pattern)
  }

  /** Decides whether a principal may read the log of a channel or pattern. */
  recall(principal: Principal, channel: string): Result<void> {
    if (!hasWildcard(channel)) {
      const allowed = this.act(principal, 'history', channel, true)
      return allowed.ok ? ok(undefined) : allowed
    }
    return isGranted(principal, 'history', channel)
      ? ok(undefined)
      : refuse('forbidden', `recent: no grant allows history in ${channel}`)
  }

  /**
   * Decides whether a reader may see what an action shows of a channel.
   *
   * @param reader undefined for the server itself, which may see every declared channel
   */
  view(reader: Reader | undefined, action: Action, channel: string): Result<ChannelDefinition> {
    return reader
      ? this.act(reader.principal, action, channel, reader.isMember)
      : this.define(channel)
  }

  /** Decides whether a principal may do more in a channel than receive its events. */
  act(
    principal: Principal,
    action: Action,
    channel: string,
    isMember: boolean,
  ): Result<ChannelDefinition> {
    const allowed = this.subscribe(principal, channel)
    if (allowed.ok && this.#guard.isLocked(channel) && !isMember) return refuseStranger(channel)
    if (!allowed.ok || allowed.value.subscribe !== 'granted' || isUserChannel(channel)) {
      return allowed
    }
    return isGranted(principal, action, channel)
      ? allowed
      : refuse('forbidden', `no grant allows ${action} in ${channel}`)
  }

  /** Decides whether a principal may publish to a channel. */
  publish(principal: Principal, channel: string, isMember: boolean): Result<ChannelDefinition> {
    const defined = this.define(channel)
    if (!defined.ok) return defined
    const { publish } = defined.value
    if (!this.#mayEnter(principal, channel)) return refusePublish(channel)
    if (publish === 'members') return isMember ? defined : refuseStranger(channel)
    if (!follows(publish, principal, channel, 'publish')) return refusePublish(channel)
    return isMember || !this.#guard.isLocked(channel) ? defined : refuseStranger(channel)
  }

  /** Decides whether a principal gets the events of a channel. */
  mayRead(principal: Principal, channel: string, definition: ChannelDefinition): boolean {
    if (!this.#mayEnter(principal, channel)) return false
    return isUserChannel(channel) || follows(definition.subscribe, principal, channel, 'subscribe')
  }

  /** Does the same for a channel that a pattern matched. Never throws. */
  mayReadByPattern(principal: Principal, channel: string): boolean {
    const definition = this.#guard.isLocked(channel) ? undefined : this.#definitions.of(channel)
    if (definition === undefined) return false
    try {
      return this.mayRead(principal, channel, definition)
    } catch {
      // When an application's rule fails for one receiver, the publish succeeds for the others.
      return false
    }
  }

  #mayEnter(principal: Principal, channel: string): boolean {
    return isInside(principal, channel) && !this.#guard.isBanned(channel, principal.userId)
  }
}

/** Refuses a frame from a client that did not subscribe to the channel. */
export function refuseStranger(channel: string): ReturnType<typeof refuse> {
  const place = roomOf(channel) === undefined ? 'channel' : 'room'
  return refuse('not_member', `Not a member of this ${place}`)
}

function refusePublish(channel: string): ReturnType<typeof refuse> {
  return refuse('forbidden', `you may not publish to ${channel}`)
}

function refuseName(name: string): ReturnType<typeof refuse> {
  const reason =
    hasWildcard(name) && isChannelPattern(name)
      ? 'a pattern cannot be used here, only the name of one channel'
      : 'a channel name has 1–200 characters: segments of A–Z a–z 0–9 _ . @ = - joined by ":"'
  return refuse('invalid_channel', reason)
}

function refuseUndeclared(channel: string): ReturnType<typeof refuse> {
  const [type, ...rest] = channel.split(':')
  const pattern = rest.length === 0 ? channel : `${type}:${rest.length === 1 ? '*' : '#'}`
  return refuse(
    'unknown_channel',
    `unknown channel ${channel}: declare it on the server, by its name or a pattern such as channels: { '${pattern}': {} }`,
  )
}

function refuseComplexity(): ReturnType<typeof refuse> {
  const { segments, wildcards } = PATTERN_BOUNDS
  const message = `a pattern has at most ${segments} segments, of which ${wildcards} wildcards`
  return refuse('limit_exceeded', message)
}

// Whatever the definition says, only its own user or tenant may use such a channel.
function isInside(principal: Principal, channel: string): boolean {
  if (isUserChannel(channel)) return channel === placesOf(principal).userChannel
  if (!channel.startsWith('tenant:')) return true
  return channel.split(':')[1] === placesOf(principal).tenantSegment
}

function follows(
  rule: SubscribeRule,
  principal: Principal,
  channel: string,
  action: Action,
): boolean {
  if (typeof rule === 'function') return rule({ principal, channel, action })
  switch (rule) {
    case 'public':
      return true
    case 'authenticated':
      return !principal.isAnonymous
    case 'granted':
      return isGranted(principal, action, channel)
    case 'server':
      return false
  }
}

function isGranted(principal: Principal, action: Action, pattern: string): boolean {
  return principal.grants.some(
    (grant) =>
      (grant.actions.includes('*') || grant.actions.includes(action)) &&
      patternCovers(canonicalChannel(grant.channels), pattern),
  )
}

/** The channels reserved for one principal and for its tenant. */
interface OwnPlaces {
  readonly userChannel: string
  /** Undefined for a principal without a tenant. */
  readonly tenantSegment: string | undefined
}

const OWN_PLACES = new WeakMap<Principal, OwnPlaces>()

// Cached: it is needed for every event that a pattern matches, and depends on the principal alone.
function placesOf(principal: Principal): OwnPlaces {
  let places = OWN_PLACES.get(principal)
  if (!places) {
    const { userId, tenant } = principal
    places = {
      userChannel: userChannel(userId),
      tenantSegment: tenant === undefined ? undefined : tenantSegment(tenant),
    }
    OWN_PLACES.set(principal, places)
  }
  return places
}
