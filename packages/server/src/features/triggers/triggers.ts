import {
  type ChannelContract,
  ok,
  type PublishReply,
  type Result,
  type SubscribeRequest,
} from '@coterie/protocol'
import type { Connection, UserConnection } from '../../core/connection.ts'
import type { Feature, LeaveReason, Outcome } from '../../core/feature.ts'
import type { Membership } from '../../core/membership.ts'
import type { Publication } from '../../core/publication.ts'
import type { EventRecord } from '../../ports/engine.ts'
import { type MessageHandler, messageTrigger } from './client-messages.ts'
import { ConnectionTriggers } from './connection-triggers.ts'
import type { DurableTriggers } from './durable/durable-triggers.ts'
import type { EventTriggers } from './event-triggers.ts'
import { MembershipTriggers } from './membership-triggers.ts'
import type { RegisterTrigger } from './register-trigger.ts'
import type { FiguresByTrigger, RegisteredTrigger } from './registered-trigger.ts'
import { selectChannels } from './select-channels.ts'
import type {
  DurableTriggerOptions,
  NamedEvent,
  TriggerHandler,
  TriggerOptions,
} from './trigger.ts'
import { type CountedTrigger, createTriggerFigures } from './trigger-figures.ts'
import { TriggerRegistry } from './trigger-registry.ts'
import type { TriggerRunner } from './trigger-runner.ts'
import type { WaitingLimit } from './waiting-limit.ts'

const CONNECTION_EVENTS = ['connect', 'disconnect', 'message'] as const
/** Client events may be called `message`: only these would be taken for something else. */
const CHANNELLESS: readonly unknown[] = ['connect', 'disconnect']
const MEMBERSHIP_EVENTS: readonly unknown[] = ['join', 'leave']

/** The parts of the hub that triggers need. */
export interface TriggersParts {
  /** The triggers of events. */
  readonly registry: TriggerRegistry
  /** Runs the triggers of events. */
  readonly events: EventTriggers
  readonly runner: TriggerRunner
  readonly durable: DurableTriggers
  readonly waiting: WaitingLimit
  readonly contracts: readonly ChannelContract[]
  /** How long a handler may take that says nothing else, in ms. */
  readonly timeoutMs: number
}

type Handler = TriggerHandler<never>
type Options = TriggerOptions | DurableTriggerOptions
type Given =
  | [event: string, handler: Handler, options?: Options]
  | [channels: string | ChannelContract, event: unknown, handler: Handler, options?: Options]

/** Application logic beside channels: registered here, run by what clients do. */
export class Triggers implements Feature {
  readonly frames: Feature['frames'] = {
    message: (connection, frame) => this.#connections.receive(connection, frame),
  }
  readonly #parts: TriggersParts
  readonly #memberships: MembershipTriggers
  readonly #membershipRegistry = new TriggerRegistry()
  readonly #connections: ConnectionTriggers
  readonly #figures = new Map<string, CountedTrigger>()
  readonly #underWay = new Set<Promise<void>>()
  #registered = 0

  constructor(parts: TriggersParts) {
    this.#parts = parts
    this.#memberships = new MembershipTriggers(this.#membershipRegistry, parts.runner)
    this.#connections = new ConnectionTriggers(parts.runner, parts.waiting)
  }

  /** Registers a trigger. @throws {TypeError} saying what is wrong */
  readonly register = ((...given: Given) =>
    typeof given[1] === 'function'
      ? this.#registerOfConnections(...(given as [string, Handler, Options?]))
      : this.#registerOfChannels(
          ...(given as [string | ChannelContract, unknown, Handler, Options?]),
        )) as unknown as RegisterTrigger

  /** Counts how each trigger went, by its name. */
  figures(): FiguresByTrigger {
    return Object.fromEntries([...this.#figures].map(([name, counted]) => [name, { ...counted }]))
  }

  /** Calls a handler for the messages that belong to no channel. */
  onMessage(handler: MessageHandler): () => void {
    return this.register('message', messageTrigger(handler))
  }

  onConnect(connection: UserConnection): ReturnType<ConnectionTriggers['admit']> {
    return this.#connections.admit(connection)
  }

  onStart(): Promise<void> {
    return this.#parts.durable.start()
  }

  guard(
    connection: UserConnection,
    publication: Publication,
    recheck: () => Result<unknown>,
  ): Promise<Outcome<PublishReply>> | undefined {
    return this.#parts.events.publish(connection, publication, recheck)
  }

  onEvent(record: EventRecord): undefined {
    this.#parts.durable.sawEvent(record)
  }

  async onJoin(membership: Membership, _frame: SubscribeRequest) {
    const joined = await this.#memberships.join(membership)
    return joined.ok ? ok(undefined) : joined
  }

  onLeave(membership: Membership, reason: LeaveReason): void {
    this.#memberships.left(membership, reason)
  }

  onEnded(connection: Connection): void {
    const left = this.#memberships.leaving(connection)
    const told = Promise.all([left, this.#connections.ended(connection, left)])
    const ended = told.then(() => {
      this.#underWay.delete(ended)
    })
    this.#underWay.add(ended)
  }

  // Handlers that are under way may still publish.
  async onClose(): Promise<void> {
    await Promise.all([...this.#underWay, this.#parts.durable.close()])
  }

  #registerOfConnections(event: string, handler: Handler, options: Options = {}): () => void {
    const known = CONNECTION_EVENTS.find((each) => each === event)
    if (!known) {
      throw new TypeError(
        `${JSON.stringify(event)}: expected ${CONNECTION_EVENTS.join(', ')}, or channels and an event of theirs`,
      )
    }
    if (options.durable !== undefined) throw refuseDurable(event)
    const triggers = this.#connections[known]
    const trigger = this.#create(null, event, handler, options)
    triggers.add(trigger)
    return () => {
      triggers.delete(trigger)
    }
  }

  #registerOfChannels(
    channels: string | ChannelContract,
    event: unknown,
    handler: Handler,
    options: Options = {},
  ): () => void {
    const selector = selectChannels(channels, this.#parts.contracts)
    if (typeof handler !== 'function') throw new TypeError('a trigger needs a handler')
    const name = typeof event === 'string' ? event : (event as NamedEvent | undefined)?.event
    if (typeof name !== 'string' || name === '') {
      throw new TypeError(`${JSON.stringify(event)}: expected the name of an event, or "*"`)
    }
    const isLiteral = typeof event !== 'string'
    if (CHANNELLESS.includes(event)) {
      throw new TypeError(
        `${event} belongs to no channel: register it as trigger("${event}", handler); an event that clients publish by this name is {event: "${event}"}`,
      )
    }
    const trigger = this.#create(selector, name, handler, options)
    const isLife = !isLiteral && MEMBERSHIP_EVENTS.includes(name)
    const wanted = !isLiteral && name === '*' ? undefined : name
    if (options.durable !== undefined) {
      if (isLife) throw refuseDurable(name)
      return this.#parts.durable.add({ ...trigger, selector, event: wanted, options })
    }
    const registry = isLife ? this.#membershipRegistry : this.#parts.registry
    return registry.add(selector.pattern, wanted, trigger)
  }

  #create(
    channels: RegisteredTrigger['channels'],
    event: string,
    handler: Handler,
    options: Options,
  ): RegisteredTrigger {
    const { timeoutMs = options.durable === undefined ? this.#parts.timeoutMs : 30_000 } = options
    if (!(timeoutMs > 0)) throw new TypeError(`timeoutMs is ${timeoutMs}: expected more than 0`)
    const known = options.durable ?? options.name
    const name = known ?? (channels ? `${channels.pattern} ${event}` : event)
    const figures = this.#figures.get(name) ?? createTriggerFigures()
    this.#figures.set(name, figures)
    return { name, channels, handler, timeoutMs, figures, order: ++this.#registered }
  }
}

function refuseDurable(event: string): TypeError {
  return new TypeError(`${event}: only events that are in a log can have a durable trigger`)
}
