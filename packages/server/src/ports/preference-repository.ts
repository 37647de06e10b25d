import type { NotificationRoute, NotificationType, UserId } from '@coterie/protocol'

/** A part of every day in which a user is not disturbed. */
export interface QuietHours {
  /** `HH:MM` in the user's time zone. An end before the start is on the next day. */
  readonly start: string
  readonly end: string
  /** A name of the IANA time zone database. */
  readonly timeZone: string
}

/** How a user wants to be notified. */
export interface NotificationPreferences {
  /** Types that the user does not want to hear of. */
  readonly mutedTypes: readonly NotificationType[]
  readonly quietHours: QuietHours | null
  /** The routes for notifications that name none. */
  readonly routes: readonly NotificationRoute[]
  /** True where the user named the routes: then those that are missing are refused. */
  readonly hasChosenRoutes?: boolean | undefined
  /** Where e-mail goes; null for nowhere. */
  readonly email: string | null
  /** The URL that webhooks call; null for none. */
  readonly webhookUrl: string | null
}

/**
 * Keeps how users want to be notified. Every method is one atomic step.
 *
 * @throws {RealtimeError} from every method: `unavailable` when the store cannot be reached
 */
export interface PreferenceRepository {
  /** Returns the preferences of those users who have stated any. */
  find(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, NotificationPreferences>>

  /**
   * Changes what is stored of a user; nobody else changes it meanwhile.
   *
   * @param decide returns what to store, null to forget what is stored, or undefined to leave it;
   * may be called again where it got into the way of another change
   * @returns what was decided
   */
  change<Decided extends NotificationPreferences | null | undefined>(
    userId: UserId,
    decide: (stored: NotificationPreferences | undefined) => Decided,
  ): Promise<Decided>
}
