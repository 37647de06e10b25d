import type { Store } from '@coterie/server/store'

/** Starts a store, by default a new one; a store with the same `place` has the same data. */
export type OpenStore = (place?: string) => Promise<Store>
