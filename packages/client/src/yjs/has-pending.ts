import type { Doc } from 'yjs'

/** Tells whether a document holds changes that wait for missing earlier ones. */
export function hasPending({ store }: Doc): boolean {
  return store.pendingStructs !== null || store.pendingDs !== null
}
