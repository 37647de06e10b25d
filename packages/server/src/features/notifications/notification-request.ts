import {
  copyJson,
  type JsonLike,
  type JsonObjectLike,
  NOTIFICATION_PRIORITIES,
  NOTIFICATION_ROUTES,
  NOTIFICATION_TYPES,
  type NotificationAction,
  type NotificationPriority,
  type NotificationRoute,
  type NotificationType,
  ok,
  type Result,
  stateValuesProblem,
  type UserId,
} from '@coterie/protocol'
import { type FieldProblem, misfitProblem, refuseField } from '../../core/field-problem.ts'
import { isTime } from '../../core/iso-time.ts'
import { textProblem } from '../../core/text-problem.ts'
import type { NotificationContent } from '../../ports/notification-repository.ts'

/** An action that a recipient can take on a notification. */
export type NotificationActionRequest = Omit<NotificationAction, 'data'> & {
  readonly data?: JsonLike | undefined
}

/** The fields of a request for a notification. */
export interface NotificationRequest {
  /** 1–200 characters. */
  readonly title: string
  /** At most 4,000 characters. */
  readonly message: string
  /** User ids without duplicates, 10,000 at most. An empty list notifies no users. */
  readonly recipients: readonly string[]
  /** @default 'system' */
  readonly type?: NotificationType | undefined
  /** @default 'normal' */
  readonly priority?: NotificationPriority | undefined
  readonly senderId?: string | null | undefined
  readonly resourceType?: string | null | undefined
  readonly resourceId?: string | null | undefined
  /** At most 10. */
  readonly actions?: readonly NotificationActionRequest[] | undefined
  /** `notification_channel` chooses the route where `channels` does not. At most 16 KiB as JSON. */
  readonly metadata?: JsonObjectLike | undefined
  /** The routes to take. @default those of each recipient's preferences */
  readonly channels?: readonly NotificationRoute[] | undefined
  /** Whether e-mail and webhooks bring it also to those who have read it by then. @default false */
  readonly evenIfRead?: boolean | undefined
  /** Wall time in ms from which it is neither shown, pushed nor counted. */
  readonly expiresAtMs?: number | null | undefined
  /** The same key within 24 hours is the same notification, made once. 1–255 characters. */
  readonly idempotencyKey?: string | undefined
}

const MAX_TITLE_CHARACTERS = 200
const MAX_MESSAGE_CHARACTERS = 4_000
const MAX_RECIPIENTS = 10_000
const MAX_ID_CHARACTERS = 200
const MAX_ACTIONS = 10
const MAX_ACTION_CHARACTERS = 100
const MAX_METADATA_BYTES = 16_384
const MAX_ACTIONS_BYTES = 16_384
const MAX_KEY_CHARACTERS = 255

/** What a request asks for, checked and complete but for what only storing gives. */
export interface NotificationDraft {
  readonly content: Omit<NotificationContent, 'id' | 'createdAtMs'>
  /** Each once, in the order they were named. */
  readonly recipients: readonly UserId[]
}

/** Checks a request; what is wrong is named by its field as REST names it. */
export function draftNotification(request: NotificationRequest): Result<NotificationDraft> {
  const problem = wordsProblem(request) ?? choiceProblem(request) ?? valueProblem(request)
  if (problem !== undefined) return refuseField(problem)
  const { senderId, resourceType, resourceId, channels } = request
  const recipients = [...new Set(request.recipients)] as UserId[]
  const content = {
    title: request.title,
    message: request.message,
    type: request.type ?? 'system',
    priority: request.priority ?? 'normal',
    senderId: (senderId ?? null) as UserId | null,
    resourceType: resourceType ?? null,
    resourceId: resourceId ?? null,
    actions: asJson((request.actions ?? []).map(copyAction)) as NotificationAction[],
    metadata: asJson(request.metadata ?? {}) as NotificationContent['metadata'],
    channels: channels ? [...new Set(channels)] : null,
    expiresAtMs: request.expiresAtMs ?? null,
    ...(request.evenIfRead && { evenIfRead: true }),
  }
  return ok({ content, recipients })
}

function wordsProblem(request: NotificationRequest): FieldProblem | undefined {
  const { title, message, recipients, senderId, resourceType, resourceId } = request
  const problem =
    fieldProblem('title', title, 1, MAX_TITLE_CHARACTERS) ??
    fieldProblem('message', message, 0, MAX_MESSAGE_CHARACTERS)
  if (problem !== undefined) return problem
  if (!Array.isArray(recipients) || recipients.length > MAX_RECIPIENTS) {
    return `recipients: expected a list of at most ${MAX_RECIPIENTS} user ids`
  }
  for (const [index, id] of recipients.entries()) {
    const problem = textProblem(id, 1, MAX_ID_CHARACTERS)
    if (problem !== undefined) return `recipients.${index}: ${problem}`
  }
  const ids = { sender_id: senderId, resource_type: resourceType, resource_id: resourceId }
  for (const [name, id] of Object.entries(ids)) {
    const problem = id == null ? undefined : fieldProblem(name, id, 1, MAX_ID_CHARACTERS)
    if (problem !== undefined) return problem
  }
  return undefined
}

function choiceProblem(request: NotificationRequest): FieldProblem | undefined {
  const { type, priority, channels, evenIfRead = false } = request
  if (typeof evenIfRead !== 'boolean') return 'even_if_read: expected true or false'
  if (type !== undefined && !NOTIFICATION_TYPES.includes(type)) {
    return `type: expected one of ${NOTIFICATION_TYPES.join(', ')}`
  }
  if (priority !== undefined && !NOTIFICATION_PRIORITIES.includes(priority)) {
    return `priority: expected one of ${NOTIFICATION_PRIORITIES.join(', ')}`
  }
  if (channels === undefined) return undefined
  const isList = Array.isArray(channels) && channels.length > 0
  return isList && channels.every((route) => NOTIFICATION_ROUTES.includes(route))
    ? undefined
    : `channels: expected at least one of ${NOTIFICATION_ROUTES.join(', ')}`
}

function valueProblem(request: NotificationRequest): FieldProblem | undefined {
  const { actions = [], metadata = {}, expiresAtMs, idempotencyKey } = request
  if (!Array.isArray(actions) || actions.length > MAX_ACTIONS) {
    return `actions: expected at most ${MAX_ACTIONS}`
  }
  for (const [index, action] of actions.entries()) {
    const problem = actionProblem(action)
    if (problem !== undefined) return `actions.${index}.${problem}`
  }
  const misfit = misfitProblem('actions', actions) ?? misfitProblem('metadata', metadata)
  if (misfit !== undefined) return misfit
  if (bytesOf(actions) > MAX_ACTIONS_BYTES) {
    return `actions: expected at most ${MAX_ACTIONS_BYTES} bytes`
  }
  const problem = isRecord(metadata) ? stateValuesProblem(metadata) : 'expected an object'
  if (problem !== undefined) return `metadata: ${problem}`
  if (bytesOf(metadata) > MAX_METADATA_BYTES) {
    return `metadata: expected at most ${MAX_METADATA_BYTES} bytes`
  }
  if (expiresAtMs != null && !isTime(expiresAtMs)) return 'expires_at: expected a time'
  if (idempotencyKey === undefined) return undefined
  return fieldProblem('Idempotency-Key', idempotencyKey, 1, MAX_KEY_CHARACTERS)
}

function actionProblem(action: NotificationAction): FieldProblem | undefined {
  if (!isRecord(action)) return 'label: expected an object {label, action, data?}'
  for (const name of ['label', 'action'] as const) {
    const problem = fieldProblem(name, action[name], 1, MAX_ACTION_CHARACTERS)
    if (problem !== undefined) return problem
  }
  const { data } = action
  const problem = data === undefined ? undefined : stateValuesProblem({ data })
  return problem === undefined ? undefined : `data: ${problem}`
}

function copyAction({ label, action, data }: NotificationAction): NotificationAction {
  return { label, action, ...(data !== undefined && { data }) }
}

// As it is kept and read again: a date is its text from now on.
function asJson(value: object): unknown {
  const copy = copyJson(value)
  return copy.ok ? copy.value : null
}

function bytesOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function fieldProblem(
  name: string,
  value: unknown,
  min: number,
  max: number,
): FieldProblem | undefined {
  const problem = textProblem(value, min, max)
  return problem === undefined ? undefined : `${name}: ${problem}`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
