import type { InboxChange } from './inbox-list.ts'

/** Something shown as read before the server has said so. */
export interface OptimisticRead {
  /** Undefined for the mark of all. */
  readonly id: string | undefined
  /** Up to which one a mark of all goes. */
  readonly upTo?: string | undefined
  /** What is shown as read by it. */
  readonly ids: ReadonlySet<string>
  /** By how much fewer are shown as unread. */
  readonly count: number
}

/** The marks that are on their way to the server. */
export class OptimisticReads {
  readonly #reads = new Map<OptimisticRead, Promise<void>>()

  add(read: OptimisticRead, promise: Promise<void>): void {
    this.#reads.set(read, promise)
  }

  /** Takes a mark back; false when the server was faster and has told of it. */
  remove(read: OptimisticRead): boolean {
    return this.#reads.delete(read)
  }

  /** Drops what the server has told to all devices: from then on it is in its count. */
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

  /** The mark by which a notification is shown as read, while it is under way. */
  find(id: string): Promise<void> | undefined {
    for (const [read, promise] of this.#reads) if (read.ids.has(id)) return promise
    return undefined
  }

  /** By how much fewer are shown as unread than the server said last. */
  get count(): number {
    return [...this.#reads.keys()].reduce((sum, { count }) => sum + count, 0)
  }

  clear(): void {
    this.#reads.clear()
  }
}
