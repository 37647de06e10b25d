import type { StoredSubscription } from '../../ports/subscription-repository.ts'

/** A user's stored interest in what happens. */
export class Subscription {
  readonly stored: StoredSubscription

  constructor(stored: StoredSubscription) {
    this.stored = stored
  }
}
