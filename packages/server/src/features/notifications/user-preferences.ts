import { ok, type Result, type UserId } from '@coterie/protocol'
import { type FieldProblem, refuseField } from '../../core/field-problem.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { NotificationSender } from '../../ports/notification-sender.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import type { Principal } from '../../ports/principal.ts'
import type { Store } from '../../ports/store.ts'
import { DEFAULT_PREFERENCES, preferencesProblem } from './preferences.ts'
import { type AllowAddress, checkAddresses, isTakenAway } from './user-addresses.ts'
import type { WaitingPlans } from './waiting-plans.ts'

/** The parts of the hub that keeping preferences needs. */
export interface UserPreferencesParts {
  readonly store: Pick<Store, 'preferences'>
  readonly senders: readonly NotificationSender[]
  /** Whether users may choose where they are notified. */
  readonly userAddresses: AllowAddress | boolean
  readonly waiting: WaitingPlans
  readonly limits: Pick<Limits, 'replans'>
}

/** Keeps how users want to be notified, and lets what waits for them follow it. */
export class UserPreferences {
  readonly #parts: UserPreferencesParts

  constructor(parts: UserPreferencesParts) {
    this.#parts = parts
  }

  /** Returns what a user wants; the defaults where they never said. */
  async find(userId: UserId): Promise<NotificationPreferences> {
    return shown(await this.#stored(userId))
  }

  /** Replaces what a user wants; what is left out is the default. */
  replace(
    userId: UserId,
    wanted: Partial<NotificationPreferences>,
    principal: Principal | undefined,
  ): Promise<Result<NotificationPreferences>> {
    return this.#write(userId, wanted, principal, () => DEFAULT_PREFERENCES)
  }

  /** Changes what is named of what a user wants; the rest stays, also whether routes were named. */
  change(
    userId: UserId,
    wanted: Partial<NotificationPreferences>,
    principal: Principal | undefined,
  ): Promise<Result<NotificationPreferences>> {
    return this.#write(userId, wanted, principal, (stored) => stored)
  }

  async #write(
    userId: UserId,
    wanted: Partial<NotificationPreferences>,
    principal: Principal | undefined,
    baseOf: (stored: NotificationPreferences) => NotificationPreferences,
  ): Promise<Result<NotificationPreferences>> {
    const { store, senders, limits, waiting } = this.#parts
    const named = { ...DEFAULT_PREFERENCES, ...wanted }
    const problem = preferencesProblem(named, senders)
    if (problem !== undefined) return refuseField(inRestNames(problem))
    const current = principal && (await this.#stored(userId))
    const refusal = principal && (await this.#refuseUser(principal, wanted, current))
    if (refusal) return refusal
    const chosen = wanted.routes !== undefined && { hasChosenRoutes: true }
    const merged = (stored = DEFAULT_PREFERENCES): NotificationPreferences => ({
      ...baseOf(stored),
      ...wanted,
      ...chosen,
    })
    let written = await store.preferences.change(userId, (stored) =>
      current && isTakenAway(wanted, current, stored) ? undefined : merged(stored),
    )
    if (!written && principal) {
      // What it kept is not there any more, and so is asked for as if it were new.
      const late = await this.#refuseUser(principal, wanted, DEFAULT_PREFERENCES)
      if (late) return late
    }
    written ??= await store.preferences.change(userId, merged)
    const replanned = await waiting.replan(userId)
    if (principal) limits.replans.charge(userId, replanned)
    return ok(shown(written))
  }

  async #refuseUser(
    principal: Principal,
    wanted: Partial<NotificationPreferences>,
    current = DEFAULT_PREFERENCES,
  ) {
    const { userAddresses, limits } = this.#parts
    const allowed = await checkAddresses(principal, wanted, current, userAddresses)
    return allowed.ok ? limits.replans.check(principal.userId) : allowed
  }

  async #stored(userId: UserId): Promise<NotificationPreferences> {
    const stated = await this.#parts.store.preferences.find([userId])
    return stated.get(userId) ?? DEFAULT_PREFERENCES
  }
}

function shown({
  hasChosenRoutes: _,
  ...preferences
}: NotificationPreferences): NotificationPreferences {
  return preferences
}

// Within the process they have other names, which whoever asks REST never saw.
function inRestNames(problem: FieldProblem): FieldProblem {
  const end = problem.indexOf(': ')
  const field = problem.slice(0, end).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return `${field}: ${problem.slice(end + 2)}`
}
