import { type EventId, type EventSender, type JsonValue, ok, type Result } from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Appended, Engine, JsonText } from '../ports/engine.ts'
import { repetitionKey } from './anonymous.ts'
import type { ChannelDefinition } from './definitions.ts'
import type { Ids } from './ids.ts'
import type { Checked, PayloadCheck } from './payload-check.ts'
import type { TrafficFigures } from './traffic-figures.ts'
import { Turns } from './turns.ts'

/** An event that its publisher was allowed to publish. */
export interface Publication {
  readonly channel: string
  readonly definition: ChannelDefinition
  readonly event: string
  readonly payload: JsonText
  /** What the text of the payload says, where somebody has read it already. */
  readonly payloadValue?: JsonValue | undefined
  /** Null when the server publishes. */
  readonly from: EventSender | null
  /** Becomes the event's id; repeated within 5 minutes it is the same event. */
  readonly messageId?: string | undefined
  readonly volatile?: boolean | undefined
  readonly key?: string | undefined
  /** Keeps it in the log past its time and number, until a snapshot covers it. */
  readonly holds?: boolean | undefined
  readonly excludeConnection?: string | undefined
  /** Users who are not notified of it by what they subscribed to. */
  readonly exclude?: readonly string[] | undefined
  /** Called when the engine was handed the event, which is then not refused any more. */
  readonly onHandedOver?: (() => void) | undefined
}

/** Does what an event asks for beside being delivered. */
export interface PublicationFollower {
  /**
   * Prepares what is to be done once an event was appended, before its
   * publisher is answered; undefined for nothing. Not asked for volatile events.
   */
  follow(publication: Publication, id: EventId): (() => Promise<void>) | undefined
}

/** The sender under which the server's own message ids are remembered. */
const SERVER_SENDER = ''

/** Hands events to the engine; the one way in for all of them. */
export class Publisher {
  follower: PublicationFollower = { follow: () => undefined }
  readonly #engine: Engine
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #check: PayloadCheck
  readonly #traffic: TrafficFigures
  readonly #turns = new Turns()

  constructor(
    engine: Engine,
    clock: Clock,
    ids: Ids,
    check: PayloadCheck,
    traffic: TrafficFigures,
  ) {
    this.#engine = engine
    this.#clock = clock
    this.#ids = ids
    this.#check = check
    this.#traffic = traffic
  }

  /**
   * Appends an event and fans it out, once its payload was checked. Calls for
   * one channel and sender keep their order.
   *
   * @throws {RealtimeError} `invalid_payload` when the channel does not allow it;
   * `internal` when a schema fails; `unavailable` when the engine cannot take it, or what
   * it asks for beside could not be done; the same message id again does what is left
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
   * Publishes what a guard makes of an event, once its payload was checked; a
   * payload that the guard changes is checked again. The guard is asked about
   * one event of a channel and sender at a time, in their order.
   *
   * @param guard never rejects; undefined is for an event that is not to be appended
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
    const checking = this.#check.event(events, { channel, event, payload: payloadValue })
    const conclude = (checked: Result<Checked>): Result<Publication> => {
      if (!checked.ok) return checked
      const { text = payload, value } = checked.value
      return ok({ ...publication, payload: text, payloadValue: value })
    }
    return checking instanceof Promise ? checking.then(conclude) : conclude(checking)
  }

  #append(publication: Publication): Promise<Appended> {
    const { channel, definition, event, payload, from, messageId, volatile } = publication
    const id = (messageId as EventId | undefined) ?? this.#ids.event()
    const { key, excludeConnection } = publication
    if (from) this.#traffic.publishedByClients += 1
    else this.#traffic.publishedByServer += 1
    const appended = this.#engine.append(
      channel,
      { id, event, payload, from, timestampMs: this.#clock.now() },
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
    publication.onHandedOver?.()
    const followUp = volatile ? undefined : this.follower.follow(publication, id)
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
