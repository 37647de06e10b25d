import {
  type EventId,
  type JsonValue,
  ok,
  type PublishReply,
  type Result,
  refuse,
  stateValuesProblem,
} from '@coterie/protocol'
import { repetitionKey } from '../../core/anonymous.ts'
import type { UserConnection } from '../../core/connection.ts'
import { describeConnection } from '../../core/describe-connection.ts'
import { answer, type Outcome } from '../../core/feature.ts'
import type { Ids } from '../../core/ids.ts'
import type { Publication } from '../../core/publication.ts'
import { publishReply } from '../../core/publish-reply.ts'
import type { Publisher } from '../../core/publisher.ts'
import type { JsonText } from '../../ports/engine.ts'
import type { RecentReplies } from './recent-replies.ts'
import type { RegisteredTrigger } from './registered-trigger.ts'
import type { EventContext } from './trigger.ts'
import type { TriggerRegistry } from './trigger-registry.ts'
import { requireJson, type TriggerRunner } from './trigger-runner.ts'
import type { WaitingLimit } from './waiting-limit.ts'

/** The parts of the hub that the triggers of events need. */
export interface EventTriggersParts {
  readonly registry: TriggerRegistry
  readonly runner: TriggerRunner
  readonly publisher: Pick<Publisher, 'publishGuarded'>
  readonly recent: RecentReplies
  readonly ids: Pick<Ids, 'event'>
  readonly waiting: WaitingLimit
}

interface Guarded {
  readonly connection: UserConnection
  readonly triggers: readonly RegisteredTrigger[]
  readonly recheck: () => Result<unknown>
}

/** Runs the triggers of an event before it is appended. */
export class EventTriggers {
  readonly #parts: EventTriggersParts

  constructor(parts: EventTriggersParts) {
    this.#parts = parts
  }

  /** Publishes an event as its triggers let it; undefined where it has none. */
  publish(
    connection: UserConnection,
    publication: Publication,
    recheck: () => Result<unknown>,
  ): Promise<Outcome<PublishReply>> | undefined {
    const { channel, event } = publication
    const triggers = this.#parts.registry.find(channel, event)
    if (triggers.length === 0) return undefined
    return this.#publishOnce({ connection, triggers, recheck }, publication)
  }

  // What a client repeats, because the answer got lost, has run its triggers already.
  async #publishOnce(guarded: Guarded, publication: Publication): Promise<Outcome<PublishReply>> {
    const { recent } = this.#parts
    const { channel, from, messageId, volatile } = publication
    if (messageId === undefined || volatile) return toOutcome(this.#publish(guarded, publication))
    const userId = from?.user_id ?? ''
    const own = JSON.stringify([channel, userId, messageId])
    const common = JSON.stringify([channel, repetitionKey(userId, messageId).sender, messageId])
    const ownReply = recent.find(own)
    const earlier = ownReply ?? recent.find(common)
    const first = earlier && (await earlier.catch(() => undefined))
    if (first?.ok) {
      // The id is known to all who saw the event: what a trigger answered was for its sender.
      const { result, ...reply } = first.value
      const mayKnow = ownReply !== undefined && result !== undefined
      return answer({ ...reply, ...(mayKnow && { result }), duplicate: true })
    }
    // From here to the publisher nothing is waited for: events keep their order.
    const publishing = this.#publish(guarded, publication)
    const kept = recent.remember(own, publishing)
    return toOutcome(own === common ? kept : recent.remember(common, kept))
  }

  async #publish(guarded: Guarded, publication: Publication): Promise<Result<PublishReply>> {
    const { connection } = guarded
    const { waiting } = this.#parts
    const refusal = waiting.enter(connection)
    if (refusal) return refusal
    const asked = new AskedTriggers(guarded, this.#parts.runner)
    try {
      const appended = await this.#parts.publisher.publishGuarded(publication, (checked) =>
        asked.ask(checked),
      )
      const { answered } = asked
      const result = answered === undefined ? {} : { result: answered }
      if (appended) return ok({ ...publishReply(appended), ...result })
      const id = (publication.messageId as EventId | undefined) ?? this.#parts.ids.event()
      return ok({ duplicate: false, id, ...result })
    } finally {
      waiting.exit(connection)
    }
  }
}

async function toOutcome(
  publishing: Promise<Result<PublishReply>>,
): Promise<Outcome<PublishReply>> {
  const reply = await publishing
  return reply.ok ? answer(reply.value) : reply
}

/** The triggers of one event, asked one after the other. */
class AskedTriggers {
  readonly #guarded: Guarded
  readonly #runner: TriggerRunner
  /** The first answer that a trigger gave. */
  answered: JsonValue | undefined

  constructor(guarded: Guarded, runner: TriggerRunner) {
    this.#guarded = guarded
    this.#runner = runner
  }

  /** Returns the event as the triggers leave it; undefined where one stopped it. Never rejects. */
  async ask(checked: Publication): Promise<Result<Publication | undefined>> {
    let publication: Publication | undefined = checked
    const problem = stateValuesProblem({ payload: payloadOf(checked) })
    if (problem !== undefined) return refuse('invalid_payload', problem)
    for (const trigger of this.#guarded.triggers) {
      const ran: Result<Publication | undefined> = await this.#run(trigger, publication)
      if (!ran.ok) return ran
      publication = ran.value
      if (!publication) return ok(undefined)
    }
    // A user who was removed while the triggers ran can no longer publish.
    const allowed = this.#guarded.recheck()
    return allowed.ok ? ok(publication) : allowed
  }

  async #run(
    trigger: RegisteredTrigger,
    publication: Publication,
  ): Promise<Result<Publication | undefined>> {
    const { connection } = this.#guarded
    const { channel, event, messageId } = publication
    let replaced: { readonly text: JsonText; readonly value: JsonValue } | undefined
    let isStopped = false
    let reply: JsonValue | undefined
    const context: Omit<EventContext, 'signal' | 'publish'> = {
      event,
      channel,
      params: trigger.channels?.params(channel) ?? {},
      input: payloadOf(publication),
      messageId,
      auth: connection.principal,
      connection: describeConnection(connection),
      reply(value) {
        requireJson(value)
        if (reply === undefined) reply = value
      },
      replace(value) {
        const text = requireJson(value)
        replaced = { text, value: JSON.parse(text) as JsonValue }
      },
      stop() {
        isStopped = true
      },
    }
    const about = { connection_id: connection.id, channel, event }
    const ran = await this.#runner.run(trigger, context, about)
    if (!ran.ok) return ran
    if (this.answered === undefined) this.answered = reply === undefined ? ran.value : reply
    if (isStopped) return ok(undefined)
    return ok(
      replaced
        ? { ...publication, payload: replaced.text, payloadValue: replaced.value }
        : publication,
    )
  }
}

function payloadOf({ payload, payloadValue }: Publication): JsonValue {
  return payloadValue === undefined ? (JSON.parse(payload) as JsonValue) : payloadValue
}
