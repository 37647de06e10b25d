import type { NewDelivery, NewPlan } from '../../ports/notification-repository.ts'
import type { RecipientRow } from './notification-row.ts'

/** A delivery as replanning needs it. */
export interface PlannedRow {
  readonly id: number
  readonly sequence: number
  readonly route: NewDelivery['route']
  readonly target: string
  readonly status: string
  readonly due_at: number
  readonly next_at: number
  /** The earliest time of the next attempt, after a failed one. */
  readonly retry_at: number | null
  readonly last_error: string | null
}

/** A delivery to add. */
export interface AddedDelivery extends NewDelivery {
  readonly sequence: number
}

/** A recipient whose inbox entry is added, or no longer held. */
export interface ChangedRecipient {
  readonly sequence: number
  readonly in_app: boolean
  readonly held_until: number | null
}

/** The changes of one notification for its recipient after replanning. */
export interface PlanChanges {
  readonly changed: readonly PlannedRow[]
  readonly added: readonly AddedDelivery[]
  readonly recipient: ChangedRecipient | undefined
}

/** The inputs of planning. */
export interface PlanContext {
  readonly nowMs: number
  readonly claimed: ReadonlySet<number>
}

/** Compares what is stored for a recipient with a new plan. */
export function planChanges(
  recipient: RecipientRow,
  rows: readonly PlannedRow[],
  { recipient: wanted, reason }: NewPlan,
  context: PlanContext,
): PlanChanges {
  const planned = new Map(wanted.deliveries.map((delivery) => [delivery.route, delivery]))
  const changed = rows.flatMap((row) => {
    if (row.status !== 'waiting') return []
    const after = planRow(row, planned.get(row.route), reason, context)
    return isSame(row, after) ? [] : [after]
  })
  const known = new Set(rows.map(({ route }) => route))
  const added = wanted.deliveries
    .filter(({ route }) => !known.has(route))
    .map((delivery) => ({ ...delivery, sequence: recipient.sequence }))
  const isDone = rows.some(({ status }) => status === 'done')
  return { changed, added, recipient: planInbox(recipient, isDone, wanted, context.nowMs) }
}

function planRow(
  row: PlannedRow,
  wanted: NewDelivery | undefined,
  reason: string,
  { nowMs, claimed }: PlanContext,
): PlannedRow {
  if (!wanted) return { ...row, status: 'canceled', last_error: reason }
  const { target, dueAtMs } = wanted
  // Another process is sending it, and settles it afterwards.
  if (row.next_at !== row.due_at && !claimed.has(row.id)) return { ...row, target }
  // The pause after a failed attempt protects the receiver, whatever the user prefers.
  const freeAt = row.retry_at ?? Math.min(row.due_at, nowMs)
  const dueAt = dueAtMs > nowMs ? Math.max(dueAtMs, row.retry_at ?? 0) : freeAt
  return { ...row, target, due_at: dueAt, next_at: dueAt }
}

function planInbox(
  { sequence, status, in_app, held_until }: RecipientRow,
  isDone: boolean,
  { isInApp, heldUntilMs }: NewPlan['recipient'],
  nowMs: number,
): ChangedRecipient | undefined {
  if (status !== 'pending') return undefined
  if (!in_app) {
    if (!isInApp || isDone) return undefined
    return { sequence, in_app: true, held_until: heldUntilMs ?? nowMs }
  }
  if (held_until === null) return undefined
  // A notification without a push route is in the inbox, and stays there.
  const until = isInApp ? (heldUntilMs ?? nowMs) : null
  return until === held_until ? undefined : { sequence, in_app: true, held_until: until }
}

function isSame(before: PlannedRow, after: PlannedRow): boolean {
  return (
    before.status === after.status &&
    before.target === after.target &&
    before.due_at === after.due_at &&
    before.next_at === after.next_at
  )
}
