import { HALF_CHARACTER, isOfLength, ok, type Result, refuse } from '@coterie/protocol'
import { type FieldProblem, refuseField } from '../../core/field-problem.ts'
import { pageOf } from '../../core/page.ts'
import { served } from '../../core/served.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Revocation, RevocationTarget } from './revocation.ts'
import type { RevocationRegistry } from './revocation-registry.ts'

const MAX_ID_CHARACTERS = 128
const MAX_REASON_CHARACTERS = 100
const MAX_PAGE = 1_000
/** How long a revocation lasts if no token lifetime is configured, in ms: 30 days. */
const DEFAULT_DURATION_MS = 2_592_000_000
/** The last moment that a `Date` can tell (ECMA-262 section 21.4.1.1). */
const LAST_MS = 8_640_000_000_000_000

/** How tokens are revoked. */
export interface RevokeOptions {
  /** The reason for users with such a token. */
  readonly reason?: string | undefined
  /** Wall time in ms by which the tokens have expired. @default in 30 days */
  readonly untilMs?: number | undefined
}

/** Which revocations to list. */
export interface RevocationListQuery {
  /** @default 100 */
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly after?: string | undefined
}

/** Some of the revocations in force. */
export interface RevocationPage {
  readonly revocations: readonly Revocation[]
  /** Where the next page begins; undefined on the last. */
  readonly next: string | undefined
}

/** Ends what tokens allow before they expire, on behalf of the application. */
export class Revocations {
  readonly #registry: RevocationRegistry
  readonly #clock: Clock
  readonly #started: () => Promise<void>

  constructor(registry: RevocationRegistry, clock: Clock, started: () => Promise<void>) {
    this.#registry = registry
    this.#clock = clock
    this.#started = started
  }

  /**
   * Revokes tokens on every node: live connections by them end with 4501, and
   * nothing by them is let in again. Of a user, those that were made until now,
   * and those that do not say when. One in force is never made shorter.
   */
  async revoke(target: RevocationTarget, options: RevokeOptions = {}): Promise<Result<Revocation>> {
    const { reason } = options
    const nowMs = this.#clock.now()
    const { untilMs = nowMs + DEFAULT_DURATION_MS } = options
    const problem = targetProblem(target) ?? reasonProblem(reason) ?? untilProblem(untilMs, nowMs)
    if (problem !== undefined) return refuseField(problem)
    return served(this.#started, async () => {
      const before = this.#registry.find(target)
      const revocation = {
        target,
        reason: reason ?? null,
        revokedAtMs: Math.max(nowMs, before?.revokedAtMs ?? 0),
        untilMs: Math.max(untilMs, before?.untilMs ?? 0),
      }
      await this.#registry.add(revocation)
      return ok(revocation)
    })
  }

  /** Takes a revocation back: tokens that have not expired are good again. */
  async lift(target: RevocationTarget): Promise<Result<void>> {
    const problem = targetProblem(target)
    if (problem !== undefined) return refuseField(problem)
    return served(this.#started, async () => {
      if (!this.#registry.find(target)) {
        return refuse('not_found', 'there is no such revocation')
      }
      await this.#registry.remove(target)
      return ok(undefined)
    })
  }

  /** Lists the revocations in force. */
  async list({ limit = 100, after }: RevocationListQuery = {}): Promise<Result<RevocationPage>> {
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE) {
      return refuseField(`limit: expected an integer from 1 to ${MAX_PAGE}`)
    }
    return served(this.#started, async () => {
      const listed = this.#registry.list(limit + 1, after)
      const { items, nextCursor } = pageOf(listed, limit, ([key]) => key)
      return ok({ revocations: items.map(([, revocation]) => revocation), next: nextCursor })
    })
  }
}

function targetProblem({ userId, sessionId, tokenId }: RevocationTarget): FieldProblem | undefined {
  const ids = { user_id: userId, session_id: sessionId, token_id: tokenId }
  const [named, ...others] = Object.entries(ids).filter(([, id]) => id !== undefined)
  const field = others.at(-1)?.[0] ?? named?.[0] ?? 'user_id'
  if (!named || others.length > 0) {
    return `${field}: expected exactly one of user_id, session_id and token_id`
  }
  const [, id = ''] = named
  if (!isOfLength(id, 1, MAX_ID_CHARACTERS)) {
    return `${field}: expected 1–${MAX_ID_CHARACTERS} characters`
  }
  return id.isWellFormed() ? undefined : `${field}: the id ${HALF_CHARACTER}`
}

function reasonProblem(reason: string | undefined): FieldProblem | undefined {
  if (reason === undefined) return undefined
  if (!isOfLength(reason, 1, MAX_REASON_CHARACTERS)) {
    return `reason: expected 1–${MAX_REASON_CHARACTERS} characters`
  }
  return reason.isWellFormed() ? undefined : `reason: ${HALF_CHARACTER}`
}

function untilProblem(untilMs: number, nowMs: number): FieldProblem | undefined {
  return Number.isSafeInteger(untilMs) && untilMs > nowMs && untilMs <= LAST_MS
    ? undefined
    : 'until: expected a time in the future'
}
