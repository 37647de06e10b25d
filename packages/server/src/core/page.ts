import { ok, type Result } from '@coterie/protocol'
import { refuseField } from './field-problem.ts'

const DEFAULT_SIZE = 20
const MAX_SIZE = 100

/** A part of a list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Where the next page begins; undefined on the last page. */
  readonly nextCursor: string | undefined
}

/** The requested part of a list. */
export interface PageQuery {
  /** Counts from 1. @default 1 */
  readonly page?: number | undefined
  readonly pageSize?: number | undefined
  /** The previous page's `nextCursor`. Excludes `page`. */
  readonly cursor?: string | undefined
}

/** Which part of a list to read. */
export interface PagePlace {
  /** Items of the page at most. */
  readonly size: number
  /** Items before the page; 0 where a cursor says where the page begins. */
  readonly offset: number
}

/** Reads the requested part of a list. Larger sizes are clamped to the maximum. */
export function placeOfPage(
  { page, pageSize, cursor }: PageQuery,
  { defaultSize = DEFAULT_SIZE, maxSize = MAX_SIZE } = {},
): Result<PagePlace> {
  if (page !== undefined && !isCount(page)) {
    return refuseField('page: expected a whole number from 1')
  }
  if (page !== undefined && cursor !== undefined) {
    return refuseField('cursor: give it or page, not both')
  }
  if (pageSize !== undefined && !isCount(pageSize)) {
    return refuseField('page_size: expected a whole number from 1')
  }
  const size = Math.min(maxSize, pageSize ?? defaultSize)
  return ok({ size, offset: ((page ?? 1) - 1) * size })
}

/** Reads a cursor that is a number. */
export function countOfCursor(cursor: string | undefined): Result<number | undefined> {
  if (cursor === undefined) return ok(undefined)
  const count = Number(cursor)
  return isCount(count)
    ? ok(count)
    : refuseField('cursor: expected one that an earlier page returned')
}

/**
 * Makes a page of the items found.
 *
 * @param found one item more than `size` if more pages follow
 * @param cursorOf returns the cursor of the page after its last item
 */
export function pageOf<Item>(
  found: readonly Item[],
  size: number,
  cursorOf: (last: Item) => string,
): Page<Item> {
  const items = found.slice(0, size)
  const last = found.length > size ? items.at(-1) : undefined
  return { items, nextCursor: last === undefined ? undefined : cursorOf(last) }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}
