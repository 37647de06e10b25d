import { type NotificationId, ok, type Result, refuse, type UserId } from '@coterie/protocol'
import { countOfCursor, type Page, pageOf, placeOfPage } from '../../core/page.ts'
import type { Clock } from '../../ports/clock.ts'
import type { NotificationRepository, RecipientState } from '../../ports/notification-repository.ts'
import { LISTED, Notification } from './notification.ts'
import type { NotificationListQuery, RecipientListQuery } from './notification-service.ts'

/** Sizes of a page of recipients. */
const RECIPIENTS_PAGE = { defaultSize: LISTED, maxSize: 1_000 }

/** Finds and lists notifications, as they are now. */
export class NotificationQueries {
  readonly #repository: NotificationRepository
  readonly #clock: Clock

  constructor(repository: NotificationRepository, clock: Clock) {
    this.#repository = repository
    this.#clock = clock
  }

  /** Finds a notification; with `userId` as that recipient sees it. */
  async find(id: string, userId?: string): Promise<Result<Notification>> {
    const nowMs = this.#clock.now()
    const found =
      userId === undefined
        ? await this.#repository.overview(id as NotificationId, LISTED, nowMs)
        : await this.#repository.find(id as NotificationId, nowMs, userId as UserId)
    return found ? ok(new Notification(found, this.#clock)) : refuseUnknown()
  }

  async list(query: NotificationListQuery): Promise<Result<Page<Notification>>> {
    const { page, pageSize, cursor, userId, recipients = 'all', ...rest } = query
    const place = placeOfPage({ page, pageSize, cursor })
    if (!place.ok) return place
    const before = countOfCursor(cursor)
    if (!before.ok) return before
    const { size, offset } = place.value
    const found = await this.#repository.list(
      {
        ...rest,
        userId: userId as UserId,
        limit: size + 1,
        recipients,
        listed: LISTED,
        ...(before.value === undefined ? { offset } : { before: before.value }),
      },
      this.#clock.now(),
    )
    const { items, nextCursor } = pageOf(found, size, ({ sequence }) => String(sequence))
    return ok({ items: items.map((stored) => new Notification(stored, this.#clock)), nextCursor })
  }

  async recipients(
    id: string,
    { cursor, pageSize }: RecipientListQuery = {},
  ): Promise<Result<Page<RecipientState>>> {
    const place = placeOfPage({ pageSize, cursor }, RECIPIENTS_PAGE)
    if (!place.ok) return place
    const skip = countOfCursor(cursor)
    if (!skip.ok) return skip
    const { size } = place.value
    const { value: skipped = 0 } = skip
    const found = await this.#repository.recipients(
      id as NotificationId,
      skipped,
      size + 1,
      this.#clock.now(),
    )
    return found ? ok(pageOf(found, size, () => String(skipped + size))) : refuseUnknown()
  }

  async unreadCount(userId: string): Promise<Result<number>> {
    return ok(await this.#repository.unreadCount(userId as UserId, this.#clock.now()))
  }
}

/** Refuses what is asked of a notification that does not exist. */
export function refuseUnknown(): ReturnType<typeof refuse> {
  return refuse('not_found', 'Notification not found')
}
