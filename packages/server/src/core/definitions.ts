import {
  type ChannelContract,
  type ChannelSchemas,
  canonicalChannel,
  isUserChannel,
  type StandardSchema,
  TopicMatcher,
} from '@coterie/protocol'
import type { HistoryPolicy } from '../ports/engine.ts'
import type { Action, Principal } from '../ports/principal.ts'

/** An application's rule: whether a principal may act in a channel. */
export type AccessFunction = (request: {
  readonly principal: Principal
  readonly channel: string
  readonly action: Action
}) => boolean

/** Who may subscribe. */
export type SubscribeRule = 'public' | 'authenticated' | 'granted' | 'server' | AccessFunction

/** Who may publish; `members` are clients that subscribed by the channel's name. */
export type PublishRule = SubscribeRule | 'members'

/** How long a channel's shared state is kept. */
export interface StatePolicy {
  /** True keeps the state also while nobody is in the channel. */
  readonly persist: boolean
}

/** The schemas of what may be sent in a channel; undefined allows everything. */
export interface DeclaredSchemas {
  /** By event name; other events are refused. */
  readonly events: ReadonlyMap<string, StandardSchema> | undefined
  readonly presence: StandardSchema | undefined
  /** By key of shared state, `list/*` for the keys of a list; other keys are refused. */
  readonly state: ReadonlyMap<string, StandardSchema> | undefined
}

/** The rules for the channels of a pattern. */
export interface ChannelDefinition {
  /** @default 'authenticated' */
  readonly subscribe: SubscribeRule
  /** @default 'members' */
  readonly publish: PublishRule
  /** Undefined keeps no log. */
  readonly history: HistoryPolicy | undefined
  /** True shows connections to one another. */
  readonly presence: boolean
  /** Undefined keeps no shared state. */
  readonly state: StatePolicy | undefined
  /** Different users that may be subscribed at once; undefined for no limit. */
  readonly maxUsers: number | undefined
  /** Undefined without declared schemas. */
  readonly schemas: DeclaredSchemas | undefined
}

/** The rules where a definition says nothing. */
export const DEFAULT_DEFINITION: ChannelDefinition = {
  subscribe: 'authenticated',
  publish: 'members',
  history: undefined,
  presence: false,
  state: undefined,
  maxUsers: undefined,
  schemas: undefined,
}

// A user's own channel: only the server joins it and publishes to it.
const USER_CHANNEL: ChannelDefinition = { ...DEFAULT_DEFINITION, publish: 'server' }

// Any authenticated client may subscribe; only the server publishes.
const PUBLIC_CHANNEL: ChannelDefinition = { ...DEFAULT_DEFINITION, publish: 'server' }

/** Channels that exist without being declared. */
const BUILT_IN: ReadonlyMap<string, ChannelDefinition> = new Map([
  ['announcements', PUBLIC_CHANNEL],
  ['global', PUBLIC_CHANNEL],
])

/** Adjusts the definition of one channel beyond what its pattern says. */
export type Refine = (
  channel: string,
  definition: ChannelDefinition | undefined,
) => ChannelDefinition | undefined

/** Finds the definition of a channel: the most specific pattern wins. */
export class Definitions {
  readonly #matcher = new TopicMatcher()
  readonly #definitions: Map<string, ChannelDefinition>
  readonly #undeclared: ChannelDefinition | undefined
  readonly #contracts: TopicMatcher<DeclaredSchemas> | undefined
  readonly #refine: Refine

  /**
   * @param undeclared the definition of channels that no pattern matches; undefined denies them
   * @param contracts the schemas of what may be sent, whatever definition a channel has
   * @param refine adjusts the definition of a single channel
   */
  constructor(
    definitions: ReadonlyMap<string, ChannelDefinition>,
    undeclared: ChannelDefinition | undefined,
    contracts: readonly ChannelContract[] = [],
    refine: Refine = (_, definition) => definition,
  ) {
    this.#refine = refine
    this.#definitions = new Map(
      [...definitions].map(([pattern, definition]) => [canonicalChannel(pattern), definition]),
    )
    this.#undeclared = undeclared
    for (const pattern of this.#definitions.keys()) this.#matcher.subscribe(pattern, pattern)
    this.#contracts = contracts.length > 0 ? new TopicMatcher() : undefined
    for (const { pattern, schemas } of contracts) {
      this.#contracts?.subscribe(pattern, declareSchemas(schemas))
    }
  }

  /**
   * Declares a channel by its name; false where a pattern declares it already.
   *
   * @param differences the rules that differ from those of undeclared channels
   */
  declare(channel: string, differences: Partial<ChannelDefinition>): boolean {
    if (this.#matcher.matchTopic(channel).length > 0) return false
    this.#matcher.subscribe(channel, channel)
    const base = BUILT_IN.get(channel) ?? DEFAULT_DEFINITION
    this.#definitions.set(channel, { ...base, ...differences })
    return true
  }

  /** Removes what `declare` declared. */
  retract(channel: string): void {
    this.#matcher.unsubscribe(channel, channel)
    this.#definitions.delete(channel)
  }

  /** Returns the definitions of patterns that overlap with a pattern. */
  overlapping(pattern: string): ChannelDefinition[] {
    const declared = [...this.#definitions]
    return declared.flatMap(([name, definition]) => (overlap(name, pattern) ? [definition] : []))
  }

  /** Returns the definition of a channel; undefined when the channel is not declared. */
  of(channel: string): ChannelDefinition | undefined {
    const definition = this.#ruleOf(channel)
    const contract = this.#contracts?.matchTopic(channel)[0]
    if (!contract || !definition) return definition
    const events = contract.events ?? definition.schemas?.events
    return { ...definition, schemas: { ...contract, events } }
  }

  #ruleOf(channel: string): ChannelDefinition | undefined {
    const pattern = this.#matcher.matchTopic(channel)[0]
    const declared = pattern === undefined ? undefined : this.#definitions.get(pattern)
    if (isUserChannel(channel)) return { ...(declared ?? USER_CHANNEL), publish: 'server' }
    return this.#refine(channel, declared ?? BUILT_IN.get(channel) ?? this.#undeclared)
  }
}

/** Prepares declared schemas for lookup; keys like `__proto__` are safe. */
export function declareSchemas({ events, presence, state }: ChannelSchemas): DeclaredSchemas {
  return {
    events: events && new Map(Object.entries(events)),
    presence,
    state: state && new Map(Object.entries(state)),
  }
}

// Whether both patterns match some name.
function overlap(one: string, other: string): boolean {
  const left = one.split(':')
  const right = other.split(':')
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const a = left[index]
    const b = right[index]
    if (a === undefined || b === undefined) return false
    if (a === '#' || b === '#') return true
    if (a !== b && a !== '*' && b !== '*') return false
  }
  return true
}
