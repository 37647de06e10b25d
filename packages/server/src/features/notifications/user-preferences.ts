import { ok, type Result, refuse, type UserId } from '@coterie/protocol'
import type { Limits } from '../../core/limits/limits.ts'
import type { NotificationSender } from '../../ports/notification-sender.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import type { Principal } from '../../ports/principal.ts'
import type { Store } from '../../ports/store.ts'
import { DEFAULT_PREFERENCES, preferencesProblem } from './preferences.ts'
import { type AllowAddress, checkAddresses } from './user-addresses.ts'
import type { WaitingPlans } from './waiting-plans.ts'

/** What keeping preferences needs of the hub. */
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
  async replace(
    userId: UserId,
    wanted: Partial<NotificationPreferences>,
    principal: Principal | undefined,
  ): Promise<Result<NotificationPreferences>> {
    return this.#put(userId, { ...DEFAULT_PREFERENCES, ...wanted }, wanted, principal)
  }

  /** Changes what is named of what a user wants; the rest stays, also whether routes were named. */
  async change(
    userId: UserId,
    wanted: Partial<NotificationPreferences>,
    principal: Principal | undefined,
  ): Promise<Result<NotificationPreferences>> {
    const stored = await this.#stored(userId)
    const chosen = stored.hasChosenRoutes ? { ...wanted, routes: stored.routes } : wanted
    return this.#put(userId, { ...shown(stored), ...wanted }, chosen, principal)
  }

  async #put(
    userId: UserId,
    whole: NotificationPreferences,
    { routes }: Partial<NotificationPreferences>,
    principal: Principal | undefined,
  ): Promise<Result<NotificationPreferences>> {
    const { store, senders, userAddresses, limits, waiting } = this.#parts
    const problem = preferencesProblem(whole, senders)
    if (problem !== undefined) return refuse('invalid_payload', problem)
    if (principal) {
      const current = await this.#stored(userId)
      const allowed = await checkAddresses(principal, whole, current, userAddresses)
      if (!allowed.ok) return allowed
      const refusal = limits.replans.check(userId)
      if (refusal) return refusal
    }
    const chosen = routes !== undefined && { hasChosenRoutes: true }
    await store.preferences.put(userId, { ...whole, ...chosen })
    const replanned = await waiting.replan(userId)
    if (principal) limits.replans.charge(userId, replanned)
    return ok(whole)
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
