import type { UserId } from '@coterie/protocol'
import { DueTimer } from '../../core/due-timer.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type {
  InboxEntry,
  NotificationRepository,
  StoredNotification,
} from '../../ports/notification-repository.ts'
import type { Store } from '../../ports/store.ts'
import type { InboxSignals } from './inbox-signals.ts'
import { describePayload } from './notification.ts'
import { removalSignals, usersById } from './removed-entries.ts'

/** Rows that one sweep changes at a time, so that it blocks nothing for long. */
const BATCH = 500
/** Notifications that are deleted at a time, with all their recipients, who may be thousands. */
const DELETED = 20
/** Recipients of one notification that are read at a time. */
const RECIPIENTS_PAGE = 1_000
/** Another node may have stored what this one was not told of: so often it looks, in ms. */
const MAX_IDLE_MS = 60_000
/** How often unneeded data is deleted, in ms. */
const CLEANING_INTERVAL_MS = 3_600_000
/** A node that stored something tells the others by then, or has died, in ms. */
const ANNOUNCE_DEADLINE_MS = 5_000

/** The parts of the hub that sweeping needs. */
export interface NotificationSweepsParts {
  readonly store: Store
  readonly signals: InboxSignals
  readonly clock: Clock
  readonly logger: Logger
  /** Notifications are deleted so long after they were made, in ms. */
  readonly retentionMs: number
}

/** Does what becomes due by itself: expiry, the end of quiet hours, and cleaning up. */
export class NotificationSweeps {
  readonly #parts: NotificationSweepsParts
  readonly #repository: NotificationRepository
  readonly #timer: DueTimer
  #cleanedAtMs = Number.NEGATIVE_INFINITY

  constructor(parts: NotificationSweepsParts) {
    this.#parts = parts
    this.#repository = parts.store.notifications
    this.#timer = new DueTimer({
      clock: parts.clock,
      logger: parts.logger,
      run: () => this.#sweep(),
      failure: 'notifications could not be swept; trying again',
      maxIdleMs: MAX_IDLE_MS,
    })
  }

  /** Sweeps what became due while the hub was closed, and continues from there. */
  start(): void {
    this.#timer.wake()
  }

  /** Notes that something becomes due at a wall time in ms. */
  expect(dueMs: number): void {
    this.#timer.expect(dueMs)
  }

  /** Ends sweeping; resolves when no sweep is under way. Idempotent. */
  stop(): Promise<void> {
    return this.#timer.stop()
  }

  async #sweep(): Promise<number | undefined> {
    await this.#expire()
    await this.#release()
    await this.#announce()
    await this.#clean()
    return this.#repository.nextDueMs()
  }

  async #expire(): Promise<void> {
    const { clock } = this.#parts
    await this.#inBatches(async () => {
      const entries = await this.#repository.expireDue(clock.now(), BATCH)
      await this.#tellRemoved(entries)
      return entries.length
    })
  }

  async #release(): Promise<void> {
    const { clock } = this.#parts
    await this.#inBatches(async () => {
      const entries = await this.#repository.releaseHeld(clock.now(), BATCH)
      for (const [id, users] of usersById(entries)) {
        // What it says is the same for all of them.
        const stored = await this.#repository.find(id, clock.now(), users[0])
        if (stored) await this.#tellNotified(stored, users)
      }
      return entries.length
    })
  }

  async #announce(): Promise<void> {
    const beforeMs = this.#parts.clock.now() - ANNOUNCE_DEADLINE_MS
    await this.#inBatches(async () => {
      const found = await this.#repository.unannounced(beforeMs, BATCH, 0)
      for (const stored of found) await this.#tellPending(stored)
      await this.#repository.markAnnounced(found.map(({ id }) => id))
      return found.length
    })
  }

  async #tellPending(stored: StoredNotification): Promise<void> {
    const { clock } = this.#parts
    let count = RECIPIENTS_PAGE
    for (let skip = 0; count === RECIPIENTS_PAGE; skip += RECIPIENTS_PAGE) {
      const page = await this.#repository.recipients(stored.id, skip, RECIPIENTS_PAGE, clock.now())
      const users = (page ?? [])
        .filter((one) => one.isInApp && one.status === 'pending' && one.heldUntilMs === null)
        .map(({ userId }) => userId)
      await this.#tellNotified(stored, users)
      count = page?.length ?? 0
    }
  }

  async #clean(): Promise<void> {
    const { store, clock, retentionMs } = this.#parts
    if (clock.elapsed() - this.#cleanedAtMs < CLEANING_INTERVAL_MS) return
    await store.forgetKeys(clock.now())
    await this.#inBatches(async () => {
      const beforeMs = clock.now() - retentionMs
      const { count, entries } = await this.#repository.deleteCreatedBefore(beforeMs, DELETED)
      await this.#tellRemoved(entries)
      return count
    }, DELETED)
    this.#cleanedAtMs = clock.elapsed()
  }

  async #inBatches(run: () => Promise<number>, size = BATCH): Promise<void> {
    while (!this.#timer.isStopped && (await run()) >= size);
  }

  async #tellNotified(stored: StoredNotification, push: readonly UserId[]): Promise<void> {
    const notification = describePayload(stored)
    const { sequence } = stored
    await this.#parts.signals.send({ kind: 'notified', notification, sequence, push, count: [] })
  }

  async #tellRemoved(entries: readonly InboxEntry[]): Promise<void> {
    for (const signal of removalSignals(entries)) await this.#parts.signals.send(signal)
  }
}
