import { createHash } from 'node:crypto'
import {
  canonicalChannel,
  copyJson,
  HALF_CHARACTER,
  isChannelPattern,
  isOfLength,
  isWellFormedJson,
  type JsonObjectLike,
  NOTIFICATION_ROUTES,
  type NotificationRoute,
  ok,
  type Result,
  stateValuesProblem,
  type UserId,
} from '@coterie/protocol'
import { type FieldProblem, misfitProblem, refuseField } from '../../core/field-problem.ts'
import { isTime } from '../../core/iso-time.ts'
import type {
  JsonObject,
  StoredSubscription,
  SubscriptionType,
} from '../../ports/subscription-repository.ts'
import { filterOf } from './subscription-index.ts'

/** What every stored subscription may say. */
export interface SubscriptionRequest {
  readonly userId: string
  /** At most 20, each 1–100 characters. */
  readonly labels?: readonly string[] | undefined
  /**
   * `notification_channel` (`in-app`, `email` or `webhook`) asks for a
   * notification by that route for each event. At most 4 KiB as JSON.
   */
  readonly metadata?: JsonObjectLike | undefined
  /** Wall time in ms from which it routes nothing. */
  readonly expiresAtMs?: number | null | undefined
  /** A filter of the event's payload. */
  readonly payloadFilter?: JsonObjectLike | null | undefined
  /** The same key within 24 hours is the same subscription, made once. 1–255 characters. */
  readonly idempotencyKey?: string | undefined
}

/** Interest in one resource. */
export interface ResourceSubscriptionRequest extends SubscriptionRequest {
  readonly resourceType: string
  readonly resourceId: string
}

/** Interest in all resources of a type. */
export interface ResourceTypeSubscriptionRequest extends SubscriptionRequest {
  readonly resourceType: string
}

/** Interest in what is published to a channel, or to all that a pattern matches. */
export interface TopicSubscriptionRequest extends SubscriptionRequest {
  readonly topic: string
}

/** Interest in events that a filter matches, of resources of a type or of a topic. */
export interface QuerySubscriptionRequest extends SubscriptionRequest {
  /** A filter over `{channel, event, action, resource_type, resource_id, payload}`. */
  readonly query: JsonObjectLike
  readonly resourceType?: string | undefined
  readonly topic?: string | undefined
}

const MAX_ID_CHARACTERS = 200
const MAX_LABELS = 20
const MAX_LABEL_CHARACTERS = 100
const MAX_METADATA_BYTES = 4_096
const MAX_FILTER_BYTES = 16_384
const MAX_KEY_CHARACTERS = 255
const STATUSES: readonly string[] = ['active', 'paused', 'expired', 'inactive']
// Stores and logs choke on control characters and halves of characters.
const UNKEPT = /[\p{Cc}\p{Cs}]/u

/** What a subscription is to be for, beside what every request may say. */
export interface SubscriptionTarget {
  readonly type: SubscriptionType
  readonly resourceType?: string | undefined
  readonly resourceId?: string | undefined
  readonly topic?: string | undefined
  readonly query?: JsonObjectLike | undefined
}

/** What a request asks for, checked and complete but for what only storing gives. */
export type SubscriptionDraft = Omit<
  StoredSubscription,
  'id' | 'status' | 'createdAtMs' | 'updatedAtMs' | 'isVouched' | 'proven'
>

/** Checks a request; what is wrong is named by its field as REST names it. */
export function draftSubscription(
  target: SubscriptionTarget,
  request: SubscriptionRequest,
): Result<SubscriptionDraft> {
  const problem =
    targetProblem(target) ??
    idProblem('user_id', request.userId) ??
    labelsProblem(request.labels ?? []) ??
    metadataProblem(request.metadata ?? {}) ??
    expiryProblem(request.expiresAtMs ?? null) ??
    filterProblem('query', target.query) ??
    filterProblem('payload_filter', request.payloadFilter ?? undefined) ??
    keyProblem(request.idempotencyKey)
  if (problem !== undefined) return refuseField(problem)
  return ok({
    userId: request.userId as UserId,
    type: target.type,
    expiresAtMs: request.expiresAtMs ?? null,
    resourceId: target.resourceId ?? null,
    resourceType: target.resourceType ?? null,
    topic: topicOf(target) ?? null,
    query: target.query ? asJson(target.query) : null,
    payloadFilter: request.payloadFilter ? asJson(request.payloadFilter) : null,
    labels: [...new Set(request.labels)],
    metadata: asJson(request.metadata ?? {}),
  })
}

/** Digests what was asked for, whatever the order of its keys. */
export function fingerprintOf(draft: SubscriptionDraft): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(draft)))
    .digest('base64url')
}

/** Says what is wrong with a label; undefined when nothing is. */
export function labelProblem(label: string): FieldProblem | undefined {
  if (isText(label, MAX_LABEL_CHARACTERS)) return undefined
  if (isBroken(label)) return `labels: ${HALF_CHARACTER}`
  return `labels: expected 1–${MAX_LABEL_CHARACTERS} characters each, none of them a control character`
}

/** Says what is wrong with labels; undefined when nothing is. */
export function labelsProblem(labels: readonly string[]): FieldProblem | undefined {
  if (!Array.isArray(labels) || labels.length > MAX_LABELS) {
    return `labels: expected a list of at most ${MAX_LABELS}`
  }
  for (const label of labels) {
    const problem = labelProblem(label)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** Says what is wrong with a status; undefined when nothing is. */
export function statusProblem(status: string): FieldProblem | undefined {
  return STATUSES.includes(status) ? undefined : `status: expected one of ${STATUSES.join(', ')}`
}

/** Says what is wrong with what names a user or a resource; undefined when nothing is. */
export function idProblem(name: string, id: string | undefined): FieldProblem | undefined {
  if (isText(id, MAX_ID_CHARACTERS)) return undefined
  if (isBroken(id)) return `${name}: ${HALF_CHARACTER}`
  return `${name}: expected 1–${MAX_ID_CHARACTERS} characters, none of them a control character`
}

/** Tells whether a subscription asks for notifications of what its own user did. */
export function wantsOwn({ metadata }: StoredSubscription): boolean {
  return metadata.notify_own === true
}

/** Returns the route by which a subscription asks for notifications; undefined where it does not. */
export function routeOf({ metadata }: StoredSubscription): NotificationRoute | undefined {
  const route = metadata.notification_channel
  return NOTIFICATION_ROUTES.find((known) => known === route)
}

function topicOf({ topic }: SubscriptionTarget): string | undefined {
  return topic === undefined ? undefined : canonicalChannel(topic)
}

function targetProblem(target: SubscriptionTarget): FieldProblem | undefined {
  const { type, resourceType, resourceId, topic, query } = target
  if (type === 'query') {
    if (topic !== undefined && resourceType !== undefined) {
      return 'topic: a query is over a topic or over the resources of a type, not over both'
    }
    if (query === undefined) return 'query: expected an object of conditions'
  }
  if (type === 'topic' || topic !== undefined) {
    if (typeof topic !== 'string' || !isChannelPattern(canonicalChannel(topic))) {
      return 'topic: expected the name of a channel, or a pattern with * for one segment and a last # for the rest'
    }
  }
  if (type === 'resource' || type === 'resource_type' || resourceType !== undefined) {
    const problem = idProblem('resource_type', resourceType)
    if (problem !== undefined) return problem
  }
  return type === 'resource' ? idProblem('resource_id', resourceId) : undefined
}

// As it is kept and read again: a date is its text from now on.
function asJson(given: object): JsonObject {
  const copy = copyJson(given)
  return (copy.ok ? copy.value : {}) as JsonObject
}

function metadataProblem(given: JsonObjectLike): FieldProblem | undefined {
  if (!isObject(given)) return 'metadata: expected an object'
  const misfit = misfitProblem('metadata', given)
  if (misfit !== undefined) return misfit
  const metadata = asJson(given)
  if (!isObject(metadata)) return 'metadata: expected an object'
  if (bytesOf(metadata) > MAX_METADATA_BYTES) {
    return `metadata: expected at most ${MAX_METADATA_BYTES} bytes as JSON`
  }
  const problem = stateValuesProblem(metadata)
  if (problem !== undefined) return `metadata: ${problem}`
  const { notification_channel: route, notify_own: notifyOwn } = metadata
  if (notifyOwn !== undefined && typeof notifyOwn !== 'boolean') {
    return 'metadata.notify_own: expected true or false'
  }
  if (route === undefined || NOTIFICATION_ROUTES.some((known) => known === route)) return undefined
  return `metadata.notification_channel: expected one of ${NOTIFICATION_ROUTES.join(', ')}`
}

function expiryProblem(expiresAtMs: number | null): FieldProblem | undefined {
  if (expiresAtMs === null) return undefined
  return isTime(expiresAtMs) ? undefined : 'expires_at: expected a time'
}

function filterProblem(name: string, given: JsonObjectLike | undefined): FieldProblem | undefined {
  if (given === undefined) return undefined
  if (!isObject(given)) return `${name}: expected an object of conditions`
  const misfit = misfitProblem(name, given)
  if (misfit !== undefined) return misfit
  const filter = asJson(given)
  if (!isObject(filter)) return `${name}: expected an object of conditions`
  if (bytesOf(filter) > MAX_FILTER_BYTES) {
    return `${name}: expected at most ${MAX_FILTER_BYTES} bytes as JSON`
  }
  if (!isWellFormedJson(JSON.stringify(filter))) return `${name}: ${HALF_CHARACTER}`
  const compiled = filterOf({ query: filter, payloadFilter: null })
  return compiled.ok ? undefined : `${name}: ${compiled.error.message}`
}

function keyProblem(key: string | undefined): FieldProblem | undefined {
  if (key === undefined || isText(key, MAX_KEY_CHARACTERS)) return undefined
  if (isBroken(key)) return `idempotency key: ${HALF_CHARACTER}`
  return `idempotency key: expected 1–${MAX_KEY_CHARACTERS} characters`
}

function isText(text: unknown, maxCharacters: number): boolean {
  return isOfLength(text, 1, maxCharacters) && !UNKEPT.test(text)
}

function isBroken(text: unknown): boolean {
  return typeof text === 'string' && !text.isWellFormed()
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function bytesOf(value: JsonObject): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.map(([key, inner]) => [key, sorted(inner)])
}
