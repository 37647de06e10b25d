import type { Store } from '@coterie/server/store'

/** Starts a store, by default in a new place; with the same `place`, one that finds what was left. */
export type OpenStore = (place?: string) => Promise<Store>
