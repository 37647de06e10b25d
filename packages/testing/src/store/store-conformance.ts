import type { Store } from '@coterie/server/store'
import { afterEach, describe } from 'vitest'
import { changeTests } from './change-conformance.ts'
import { concurrencyTests } from './concurrency-conformance.ts'
import { createTests } from './create-conformance.ts'
import { deliveryTests } from './delivery-conformance.ts'
import { dueTests } from './due-conformance.ts'
import { inboxBoundTests } from './inbox-bound-conformance.ts'
import { lifecycleTests } from './lifecycle-conformance.ts'
import { listTests } from './list-conformance.ts'
import type { OpenStore } from './opened-store.ts'
import { planTests } from './plan-conformance.ts'
import { preferenceTests } from './preference-conformance.ts'
import { retentionTests } from './retention-conformance.ts'
import { subscriptionTests } from './subscription-conformance.ts'
import { triggerTests } from './trigger-conformance.ts'

/** Makes a store that is not started; with the same `place`, one that finds what an earlier left. */
export type StoreFactory = (place: string) => Store | Promise<Store>

/** What a store does not promise. */
export interface StoreConformanceOptions {
  /** False for one that keeps nothing over a restart. @default true */
  readonly isDurable?: boolean
}

/**
 * Registers the tests that every store passes.
 *
 * @param name the store's name, for the report
 */
export function storeConformance(
  name: string,
  create: StoreFactory,
  { isDurable = true }: StoreConformanceOptions = {},
): void {
  describe(`${name} store`, () => {
    const opened: Store[] = []
    let places = 0

    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close()
    })

    const open: OpenStore = async (place = `place-${++places}`) => {
      const store = await create(place)
      opened.push(store)
      await store.start()
      return store
    }

    describe('creating notifications', () => createTests(open))
    describe('listing notifications', () => listTests(open))
    describe('changing notifications', () => changeTests(open))
    describe('what time brings to notifications', () => dueTests(open))
    describe('announcing and deleting notifications', () => retentionTests(open))
    describe('bounding inboxes', () => inboxBoundTests(open))
    describe('deliveries', () => deliveryTests(open))
    describe('planning waiting deliveries again', () => planTests(open))
    describe('subscriptions', () => subscriptionTests(open))
    describe('preferences', () => preferenceTests(open))
    describe('triggers', () => triggerTests(open))
    describe('doing things at once', () => concurrencyTests(open))
    describe('starting and stopping', () => lifecycleTests(open, isDurable))
  })
}
