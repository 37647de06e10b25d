import {
  type Doc,
  decodeStateVector,
  encodeStateAsUpdate,
  encodeStateVector,
  mergeUpdates,
  parseUpdateMeta,
} from 'yjs'

/** Past these the time to merge grows with their square. */
const MAX_MERGED = 50

/**
 * Returns one update that holds several of a document.
 *
 * Of many, the document itself tells what it has had since the first of them,
 * which is also shorter: it keeps as one what was typed as many.
 */
export function joinUpdates(doc: Doc, updates: readonly Uint8Array[]): Uint8Array {
  if (updates.length <= MAX_MERGED) return mergeUpdates([...updates])
  const before = decodeStateVector(encodeStateVector(doc))
  for (const update of updates) {
    for (const [client, clock] of parseUpdateMeta(update).from) {
      before.set(client, Math.min(clock, before.get(client) ?? clock))
    }
  }
  return encodeStateAsUpdate(doc, encodeStateVector(before))
}
