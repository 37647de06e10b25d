import {
  type Doc,
  decodeStateVector,
  encodeStateAsUpdate,
  encodeStateVector,
  mergeUpdates,
  parseUpdateMeta,
} from 'yjs'

/** Beyond this, the time to merge grows with the square of the number. */
const MAX_MERGED = 50

/**
 * Returns one update that contains several updates of a document.
 *
 * For many updates, encodes the document's changes since the first of them,
 * which is also shorter: the document joins what was typed in many steps.
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
