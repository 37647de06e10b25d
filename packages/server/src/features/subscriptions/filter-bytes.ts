import type { StoredSubscription } from '../../ports/subscription-repository.ts'

/** Returns the bytes of what a subscription says of the events it wants, as JSON. */
export function filterBytesOf({
  query,
  payloadFilter,
}: Pick<StoredSubscription, 'query' | 'payloadFilter'>): number {
  let bytes = 0
  for (const filter of [query, payloadFilter]) {
    if (filter) bytes += Buffer.byteLength(JSON.stringify(filter))
  }
  return bytes
}

/** Bytes of filters by user: those that are held, and those about to be. */
export class FilterBytes {
  readonly #byUser = new Map<string, number>()

  of(userId: string): number {
    return this.#byUser.get(userId) ?? 0
  }

  /** Adds bytes to those of a user; takes some off where there are fewer than 0. */
  add(userId: string, bytes: number): void {
    const held = this.of(userId) + bytes
    if (held > 0) this.#byUser.set(userId, held)
    else this.#byUser.delete(userId)
  }

  /** Returns the users who have more bytes than a bound. */
  usersBeyond(bound: number): string[] {
    return [...this.#byUser].flatMap(([userId, bytes]) => (bytes > bound ? [userId] : []))
  }
}
