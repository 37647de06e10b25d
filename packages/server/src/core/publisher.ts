import type { EventId, EventSender, JsonValue } from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Appended, Engine, JsonText } from '../ports/engine.ts'
import type { ChannelDefinition } from './definitions.ts'
import type { Ids } from './ids.ts'
import type { PayloadCheck } from './payload-check.ts'
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
  readonly excludeConnection?: string | undefined
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
  readonly #turns = new Turns()

  constructor(engine: Engine, clock: Clock, ids: Ids, check: PayloadCheck) {
    this.#engine = engine
    this.#clock = clock
    this.#ids = ids
    this.#check = check
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
    const { channel, definition, event, payload, from } = publication
    const events = definition.schemas?.events
    if (!events) return this.#append(publication)
    const { payloadValue = JSON.parse(payload) as JsonValue } = publication
    const checking = this.#check.event(events, { channel, event, payload: payloadValue })
    return this.#turns.take(`${channel} ${from?.connection_id ?? ''}`, checking, (checked) => {
      if (!checked.ok) return Promise.reject(checked.error)
      const { text = payload } = checked.value
      return this.#append(text === payload ? publication : { ...publication, payload: text })
    })
  }

  #append(publication: Publication): Promise<Appended> {
    const { channel, definition, event, payload, from, messageId, volatile } = publication
    const id = (messageId as EventId | undefined) ?? this.#ids.event()
    const { key, excludeConnection } = publication
    const appended = this.#engine.append(
      channel,
      { id, event, payload, from, timestampMs: this.#clock.now() },
      volatile
        ? { volatile, key, excludeConnection }
        : {
            history: definition.history,
            dedup:
              messageId === undefined
                ? undefined
                : { sender: from?.user_id ?? SERVER_SENDER, messageId },
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
