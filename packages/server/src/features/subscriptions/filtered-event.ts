import { createFilterFigures, type FilterFigures } from '../../core/filter-figures.ts'
import { readValues } from './filter-value.ts'
import { FoundValues } from './found-values.ts'

/** How many steps filters may take for one event: values visited, and comparisons. */
export interface FilterBounds {
  readonly perUser: number
  /** For all users together. */
  readonly perEvent: number
}

/** The bounds of a hub: some milliseconds for a user, and tens of them for an event. */
export const FILTER_BOUNDS: FilterBounds = { perUser: 100_000, perEvent: 2_000_000 }

const UNBOUNDED: FilterBounds = {
  perUser: Number.POSITIVE_INFINITY,
  perEvent: Number.POSITIVE_INFINITY,
}
/** The part of a user's steps that others cannot use up: one in so many. */
const OWN_SHARE = 100
const NOTHING = new FoundValues([])

/**
 * One event, as all filters look at it: what it holds at a path is read once,
 * and every step is charged to the user whose filter is tested.
 */
export class FilteredEvent {
  readonly #document: object
  readonly #bounds: FilterBounds
  readonly #figures: FilterFigures
  readonly #found = new Map<string, FoundValues>()
  /** Steps that users whose turn is over have left. */
  readonly #leftByUser = new Map<string, number>()
  #user: string | undefined
  #userLeft: number
  #eventLeft: number
  #spentFilters = 0

  constructor(document: object, bounds = UNBOUNDED, figures = createFilterFigures()) {
    this.#document = document
    this.#bounds = bounds
    this.#figures = figures
    this.#userLeft = bounds.perUser
    this.#eventLeft = bounds.perEvent
  }

  /** True once the steps of the user did not suffice: what is tested does not count. */
  get isSpent(): boolean {
    return this.#userLeft < 0
  }

  /** How many filters did not match because their steps were used up. */
  get spentFilters(): number {
    return this.#spentFilters
  }

  /** Charges what follows to a user; false where no steps are left. */
  begin(userId: string): boolean {
    if (userId !== this.#user) {
      if (this.#user !== undefined) this.#leftByUser.set(this.#user, this.#userLeft)
      this.#user = userId
      this.#userLeft = this.#leftByUser.get(userId) ?? this.#bounds.perUser
    }
    return !this.isSpent
  }

  /** Charges steps that are about to be taken; false where they must not be. */
  take(steps: number): boolean {
    const left = Math.max(this.#eventLeft, this.#ownLeft)
    if (steps > this.#userLeft || steps > left) {
      this.#userLeft = -1
      return false
    }
    this.#userLeft -= steps
    this.#eventLeft -= steps
    this.#figures.steps += steps
    return true
  }

  // However many others spend the event's steps, each user's cheap filters are tested.
  get #ownLeft(): number {
    const { perUser } = this.#bounds
    return this.#userLeft - (perUser - perUser / OWN_SHARE)
  }

  /** Notes that a filter does not match because its steps are used up. */
  countSpent(): void {
    this.#spentFilters += 1
    this.#figures.spent += 1
  }

  /** Returns what the event holds at a path; nothing when the steps do not suffice. */
  at(path: string): FoundValues {
    const known = this.#found.get(path)
    if (known) return known
    const values = readValues(this.#document, path.split('.'), this)
    // Half of what is there would be taken for all of it by the next filter.
    if (this.isSpent) return NOTHING
    const found = new FoundValues(values)
    this.#found.set(path, found)
    return found
  }
}
