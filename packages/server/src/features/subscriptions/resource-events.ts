import {
  copyJson,
  type EventId,
  HALF_CHARACTER,
  isOfLength,
  type JsonValue,
  ok,
  type Result,
} from '@coterie/protocol'
import { attempt } from '../../core/attempt.ts'
import { excludedProblem } from '../../core/excluded-users.ts'
import { type FieldProblem, refuseField } from '../../core/field-problem.ts'
import type { Ids } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine, EventRecord, JsonText } from '../../ports/engine.ts'
import type { EventDocument } from './event-document.ts'
import type { EventNotifications } from './event-notifications.ts'
import type { StoredInterest } from './stored-interest.ts'
import type { IndexedSubscription, SubscriptionIndex } from './subscription-index.ts'
import { SUBSCRIPTIONS_CHANNEL } from './subscription-registry.ts'
import { idProblem, routeOf } from './subscription-request.ts'
import { channelOf } from './subscription-rights.ts'
import type { Emitted, ResourceEvent } from './subscription-service.ts'

/** The event under which the engine carries what happens to resources. */
export const RESOURCE_EVENT = 'coterie.resource_event'
const MAX_ACTION_CHARACTERS = 200
const MAX_MESSAGE_ID_CHARACTERS = 128
const MAX_PAYLOAD_BYTES = 65_536

/** Something that happened to a resource, on its way to every node. */
interface CarriedEvent {
  readonly resource_type: string
  readonly resource_id: string
  readonly action: string
  readonly payload: JsonValue
}

/** The parts of the hub that routing needs. */
export interface ResourceEventsParts {
  readonly engine: Engine
  readonly index: SubscriptionIndex
  readonly storedInterest: StoredInterest
  readonly notifications: EventNotifications
  readonly clock: Clock
  readonly ids: Ids
}

/** Routes what happens to resources of the application to those who are interested. */
export class ResourceEvents {
  readonly #parts: ResourceEventsParts

  constructor(parts: ResourceEventsParts) {
    this.#parts = parts
  }

  /** Notifies those who asked for it, then tells every node. */
  async emit(event: ResourceEvent): Promise<Result<Emitted>> {
    const problem = problemOf(event)
    if (problem !== undefined) return refuseField(problem)
    const { resourceType, resourceId, action, payload = null, messageId } = event
    const given = { resource_type: resourceType, resource_id: resourceId, action, payload }
    const copy = copyJson(given, 'payload')
    if (!copy.ok) return copy
    // What is matched here is what every other node will match: a date is its text.
    const carried = copy.value as unknown as CarriedEvent
    const text = JSON.stringify(carried) as JsonText
    if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) {
      return refuseField(
        `payload: expected at most ${MAX_PAYLOAD_BYTES} bytes as JSON`,
        'too_large',
      )
    }
    const id = (messageId as EventId | undefined) ?? this.#parts.ids.event()
    const document = documentOfResource(carried)
    const found = this.#match(document)
    const notified = await this.#notify(found, document, id, event)
    if (!notified.ok) return notified
    const appended = await attempt(() => this.#append(id, text, event))
    if (!appended.ok) return appended
    const { duplicate } = appended.value
    return ok({ id, duplicate, matched: found.length, notified: notified.value })
  }

  /** Delivers what a node emitted to the connections of this one. */
  receive(record: EventRecord): void {
    const carried = JSON.parse(record.payload) as CarriedEvent
    const document = documentOfResource(carried)
    const found = this.#match(document)
    if (found.length === 0) return
    this.#parts.storedInterest.deliverTo(found, {
      ...record,
      channel: document.channel,
      event: carried.action,
      payload: JSON.stringify(carried.payload) as JsonText,
    })
  }

  #match(document: ResourceDocument): readonly IndexedSubscription[] {
    const { index, clock } = this.#parts
    return index.matchResource(document.resource_type, document.resource_id, document, clock.now())
  }

  async #notify(
    found: readonly IndexedSubscription[],
    document: ResourceDocument,
    id: EventId,
    { senderId, exclude = [] }: ResourceEvent,
  ): Promise<Result<number>> {
    const notifying = found.filter(({ stored }) => routeOf(stored) !== undefined)
    if (notifying.length === 0) return ok(0)
    const scope = scopeOf(document.resource_type, document.resource_id)
    return this.#parts.notifications.notify(notifying, {
      id,
      scope,
      document,
      senderId: senderId ?? null,
      exclude,
      isOfUser: false,
    })
  }

  #append(id: EventId, payload: JsonText, event: ResourceEvent) {
    const { engine, clock } = this.#parts
    const { messageId, resourceType, resourceId } = event
    return engine.append(
      SUBSCRIPTIONS_CHANNEL,
      { id, event: RESOURCE_EVENT, payload, from: null, timestampMs: clock.now() },
      // One application may count the events of each resource by itself.
      messageId === undefined
        ? {}
        : { dedup: { sender: scopeOf(resourceType, resourceId), messageId } },
    )
  }
}

type ResourceDocument = EventDocument & CarriedEvent

function documentOfResource(carried: CarriedEvent): ResourceDocument {
  const { resource_type, resource_id, action } = carried
  return { channel: channelOf(resource_type, resource_id), event: action, ...carried }
}

function scopeOf(resourceType: string, resourceId: string): string {
  return JSON.stringify([resourceType, resourceId])
}

function problemOf(event: ResourceEvent): FieldProblem | undefined {
  const { resourceType, resourceId, action, messageId, payload, senderId } = event
  const problem =
    idProblem('resource_type', resourceType) ??
    idProblem('resource_id', resourceId) ??
    (senderId === undefined ? undefined : idProblem('sender_id', senderId)) ??
    excludedProblem(event.exclude)
  if (problem !== undefined) return problem
  if (!isOfLength(action, 1, MAX_ACTION_CHARACTERS)) {
    return `action: expected 1–${MAX_ACTION_CHARACTERS} characters`
  }
  if (messageId !== undefined && !isOfLength(messageId, 1, MAX_MESSAGE_ID_CHARACTERS)) {
    return `message_id: expected 1–${MAX_MESSAGE_ID_CHARACTERS} characters`
  }
  if (messageId !== undefined && !messageId.isWellFormed()) return `message_id: ${HALF_CHARACTER}`
  if (
    payload !== undefined &&
    (typeof payload !== 'object' || payload === null || Array.isArray(payload))
  ) {
    return 'payload: expected an object'
  }
  return undefined
}
