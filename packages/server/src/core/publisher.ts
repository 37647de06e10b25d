import { type EventId, type JsonValue, ok, type Result } from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Appended, Engine } from '../ports/engine.ts'
import { repetitionKey } from './anonymous.ts'
import type { FeatureHost } from './feature-host.ts'
import type { Ids } from './ids.ts'
import type { Checked, PayloadCheck } from './payload-check.ts'
import type { Publication } from './publication.ts'
import type { TrafficFigures } from './traffic-figures.ts'
import { Turns } from './turns.ts'

/** The parts of a publisher. */
export interface PublisherParts {
  readonly engine: Pick<Engine, 'append'>
  readonly host: Pick<FeatureHost, 'published' | 'followUp'>
  readonly check: PayloadCheck
  readonly traffic: TrafficFigures
  readonly clock: Clock
  readonly ids: Ids
}

/** The sender name for message ids of the server itself. */
const SERVER_SENDER = ''

/** Hands events of users and of the application to the engine, and tells features. */
export class Publisher {
  readonly #parts: PublisherParts
  readonly #turns = new Turns()

  constructor(parts: PublisherParts) {
    this.#parts = parts
  }

  /**
   * Validates the payload of an event, appends it and fans it out. Events of one
   * channel and sender keep their order.
   *
   * @throws {RealtimeError} `invalid_payload` when the channel does not allow the event;
   * `internal` when a schema fails; `unavailable` when the engine cannot take it, or a
   * follow-up fails; repeating the message id then completes what is missing
   */
  publish(publication: Publication): Promise<Appended> {
    if (!publication.definition.schemas?.events && this.#turns.isIdle) {
      return this.#append(publication)
    }
    return this.#turns.take(turnOf(publication), this.#checked(publication), (checked) =>
      checked.ok ? this.#append(checked.value) : Promise.reject(checked.error),
    )
  }

  /**
   * Publishes an event as a guard changes it, once its payload was validated; a
   * payload that the guard changes is validated again. The guard gets one event
   * of a channel and sender at a time, in order.
   *
   * @param guard never rejects; returns undefined for an event that must not be appended
   * @returns undefined for an event that was not appended
   * @throws {RealtimeError} as `publish`, and what the guard refuses with
   */
  publishGuarded(
    publication: Publication,
    guard: (publication: Publication) => Promise<Result<Publication | undefined>>,
  ): Promise<Appended | undefined> {
    const ask = async (): Promise<Result<Publication | undefined>> => {
      const checked = await this.#checked(publication)
      if (!checked.ok) return checked
      const passed = await guard(checked.value)
      if (!passed.ok || passed.value?.payload === checked.value.payload) return passed
      return passed.value ? this.#checked(passed.value) : passed
    }
    const turn = turnOf(publication)
    const asked = this.#turns.before(turn)?.then(ask) ?? ask()
    return this.#turns.take<Result<Publication | undefined>, Appended | undefined>(
      turn,
      asked,
      async (passed) => {
        if (!passed.ok) throw passed.error
        return passed.value && this.#append(passed.value)
      },
    )
  }

  #checked(publication: Publication): Result<Publication> | Promise<Result<Publication>> {
    const { channel, definition, event, payload } = publication
    const events = definition.schemas?.events
    if (!events) return ok(publication)
    const { payloadValue = JSON.parse(payload) as JsonValue } = publication
    const checking = this.#parts.check.event(events, { channel, event, payload: payloadValue })
    const conclude = (checked: Result<Checked>): Result<Publication> => {
      if (!checked.ok) return checked
      const { text = payload, value } = checked.value
      return ok({ ...publication, payload: text, payloadValue: value })
    }
    return checking instanceof Promise ? checking.then(conclude) : conclude(checking)
  }

  #append(publication: Publication): Promise<Appended> {
    const { channel, definition, event, payload, from, messageId, volatile } = publication
    const { engine, host, traffic, clock, ids } = this.#parts
    const id = (messageId as EventId | undefined) ?? ids.event()
    const { key, connection, excludeConnection } = publication
    if (from) traffic.publishedByClients += 1
    else traffic.publishedByServer += 1
    const appended = engine.append(
      channel,
      { id, event, payload, from, timestampMs: clock.now() },
      volatile
        ? { volatile, key, excludeConnection }
        : {
            history: definition.history,
            holds: publication.holds,
            dedup:
              messageId === undefined
                ? undefined
                : repetitionKey(from?.user_id ?? SERVER_SENDER, messageId),
            excludeConnection,
          },
    )
    // Volatile events, such as cursor moves, neither end typing nor notify users.
    if (volatile) return appended
    if (connection) host.published(connection, channel)
    const followUp = host.followUp(publication, id)
    if (!followUp) return appended
    return appended.then(async (result) => {
      await followUp()
      return result
    })
  }
}

function turnOf({ channel, from }: Publication): string {
  return `${channel} ${from?.connection_id ?? ''}`
}
