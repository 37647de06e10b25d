import type { Doc } from 'yjs'

/** Tells whether a document holds changes that it cannot show, since what they build on is missing. */
export function hasPending({ store }: Doc): boolean {
  return store.pendingStructs !== null || store.pendingDs !== null
}
