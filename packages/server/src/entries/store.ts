/** `@coterie/server/store`: what a store promises, and what it keeps. */
export type * from '../ports/delivery-repository.ts'
export type { IdempotencyKey } from '../ports/idempotency-key.ts'
export type * from '../ports/notification-repository.ts'
export type * from '../ports/preference-repository.ts'
export type { Store } from '../ports/store.ts'
export type * from '../ports/subscription-repository.ts'
export type * from '../ports/trigger-repository.ts'
