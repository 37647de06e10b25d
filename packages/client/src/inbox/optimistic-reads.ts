import type { InboxChange } from './inbox-list.ts'

/** A mark that is shown before the server has confirmed it. */
export interface OptimisticRead {
  /** Undefined when all are marked. */
  readonly id: string | undefined
  /** The last notification of a mark of all. */
  readonly upTo?: string | undefined
  /** Ids that are shown as read by it. */
  readonly ids: ReadonlySet<string>
  /** By how many the unread count is reduced. */
  readonly count: number
}

/** Marks that the server has not confirmed yet. */
export class OptimisticReads {
  readonly #reads = new Map<OptimisticRead, Promise<void>>()

  add(read: OptimisticRead, promise: Promise<void>): void {
    this.#reads.set(read, promise)
  }

  /** Removes a mark; false when the server has confirmed it before. */
  remove(read: OptimisticRead): boolean {
    return this.#reads.delete(read)
  }

  /** Drops marks that the server announced: from then on its count includes them. */
  confirm({ read = [], all_read: isAllRead, read_up_to: readUpTo }: InboxChange): void {
    for (const optimistic of [...this.#reads.keys()]) {
      const { id, upTo } = optimistic
      const isTold =
        isAllRead ||
        (id !== undefined && read.includes(id)) ||
        (upTo !== undefined && upTo === readUpTo)
      if (isTold) this.#reads.delete(optimistic)
    }
  }

  /** Finds the pending mark of a notification. */
  find(id: string): Promise<void> | undefined {
    for (const [read, promise] of this.#reads) if (read.ids.has(id)) return promise
    return undefined
  }

  /** By how many the shown unread count is below the server's last one. */
  get count(): number {
    return [...this.#reads.keys()].reduce((sum, { count }) => sum + count, 0)
  }

  clear(): void {
    this.#reads.clear()
  }
}
