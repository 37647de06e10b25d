import {
  canonicalChannel,
  eventName,
  formatPosition,
  hasWildcard,
  isChannelPattern,
  type JsonLike,
  messageId,
  ok,
  patternMatches,
  RealtimeError,
  type Result,
  refuse,
  showValue,
} from '@coterie/protocol'
import type { JsonText } from '../ports/engine.ts'
import type { Access } from './access.ts'
import { excludedProblem } from './excluded-users.ts'
import type { Fanout } from './fanout.ts'
import type { FeatureHost } from './feature-host.ts'
import { type FieldProblem, refuseField } from './field-problem.ts'
import type { HubLifecycle } from './hub-lifecycle.ts'
import type { Interest } from './interest.ts'
import type { Publisher } from './publisher.ts'
import { jsonTextOf, readJsonText } from './write-json.ts'

/** An event that the server publishes. */
export interface RealtimeEvent {
  /** A channel, or a pattern of channels. */
  readonly channel: string
  readonly event: string
  readonly data: JsonLike
}

/** The options of publishing as the server. */
export interface PublishOptions {
  /** Becomes the event's id; repeating it within 5 minutes publishes nothing new. */
  readonly messageId?: string | undefined
  /** Delivers the event at most once and does not log it. */
  readonly volatile?: boolean | undefined
  /** A connection that does not receive the event. */
  readonly excludeConnection?: string | undefined
  /** Users whose stored subscriptions do not notify them, such as the author; 10,000 at most. */
  readonly exclude?: readonly string[] | undefined
}

/** The outcome of an event that the server published. */
export interface Published {
  readonly id?: string
  readonly position?: string
  readonly duplicate?: boolean
  /** Connections of this node that received the event. */
  readonly receivers: number
  /** How many channels the event was published to, for a pattern. */
  readonly channels?: number
}

/** The parts that publishing as the application needs. */
export interface ServerPublisherParts {
  readonly access: Access
  readonly interest: Interest
  readonly fanout: Fanout
  readonly publisher: Publisher
  readonly lifecycle: Pick<HubLifecycle, 'whenStarted'>
  readonly host: Pick<FeatureHost, 'channels'>
}

/** Publishes for the application, which may publish to every channel. */
export class ServerPublisher {
  readonly #parts: ServerPublisherParts

  constructor(parts: ServerPublisherParts) {
    this.#parts = parts
  }

  /** Counts the connections of this node that receive an event to a pattern. */
  countReceivers(pattern: string): number {
    let receivers = 0
    for (const channel of this.#matching(pattern)) {
      receivers += this.#parts.fanout.countReceivers(channel)
    }
    return receivers
  }

  #matching(pattern: string): string[] {
    const { interest, host } = this.#parts
    const names = new Set([...interest.channels(), ...host.channels()])
    return [...names].filter((name) => patternMatches(pattern, name))
  }

  /** Publishes to a channel, or to the created or joined channels of a pattern. */
  publish(
    name: string,
    event: string,
    payload: JsonLike,
    options: PublishOptions = {},
  ): Promise<Result<Published>> {
    return this.#parts.lifecycle.whenStarted(async () => {
      const text = jsonTextOf('payload', payload)
      return text.ok ? this.#publish(name, event, text.value, options) : text
    })
  }

  /** Publishes a payload that is JSON text already, and keeps the text unchanged. */
  async publishText(
    name: string,
    event: string,
    json: string,
    options: PublishOptions = {},
  ): Promise<Result<Published>> {
    const text = readJsonText('payload', json)
    if (!text.ok) return text
    return this.#parts.lifecycle.whenStarted(() => this.#publish(name, event, text.value, options))
  }

  async #publish(
    name: string,
    event: string,
    text: JsonText,
    options: PublishOptions,
  ): Promise<Result<Published>> {
    const problem = nameProblem(name) ?? eventProblem(event) ?? optionsProblem(options)
    if (problem !== undefined) return refuseField(problem)
    const channel = canonicalChannel(name)
    if (!hasWildcard(channel)) return this.#publishTo(channel, event, text, options)
    if (!isChannelPattern(channel)) {
      return refuse(
        'invalid_channel',
        'in a pattern, * stands for one whole segment and # for the rest, at the end only',
      )
    }
    const matching = this.#matching(channel)
    const published = await Promise.all(
      matching.map((each) => this.#publishTo(each, event, text, options)),
    )
    let receivers = 0
    for (const result of published) {
      if (!result.ok) return result
      receivers += result.value.receivers
    }
    return ok({ channels: matching.length, receivers })
  }

  async #publishTo(
    channel: string,
    event: string,
    payload: JsonText,
    options: PublishOptions,
  ): Promise<Result<Published>> {
    const { access, fanout, publisher } = this.#parts
    const defined = access.define(channel)
    if (!defined.ok) return defined
    try {
      const { id, position, duplicate } = await publisher.publish({
        channel,
        definition: defined.value,
        event,
        payload,
        from: null,
        ...options,
      })
      const { excludeConnection } = options
      const receivers = duplicate ? 0 : fanout.countReceivers(channel, excludeConnection)
      const where = position && { position: formatPosition(position) }
      return ok({ ...where, duplicate, id, receivers })
    } catch (error) {
      if (error instanceof RealtimeError) return { ok: false, error }
      throw error
    }
  }
}

function nameProblem(name: unknown): FieldProblem | undefined {
  return typeof name === 'string' ? undefined : `channel: expected a text, not ${showValue(name)}`
}

function eventProblem(event: string): FieldProblem | undefined {
  const [issue] = eventName.safeParse(event).error?.issues ?? []
  return issue && `event: ${issue.message}`
}

function optionsProblem(options: PublishOptions): FieldProblem | undefined {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return `options: expected an object of options, not ${showValue(options)}`
  }
  const { messageId: id, volatile, excludeConnection, exclude } = options
  const [issue] = messageId.optional().safeParse(id).error?.issues ?? []
  if (issue) return `messageId: ${issue.message}`
  // The string "false" would be truthy, and the event would be in no log.
  if (volatile !== undefined && typeof volatile !== 'boolean') {
    return `volatile: expected true or false, not ${showValue(volatile)}`
  }
  if (excludeConnection !== undefined && typeof excludeConnection !== 'string') {
    return `excludeConnection: expected a text, not ${showValue(excludeConnection)}`
  }
  return excludedProblem(exclude)
}
