import {
  applyUpdate,
  Doc,
  encodeStateAsUpdate,
  encodeStateVector,
  equalSnapshots,
  snapshot,
} from 'yjs'

/** Returns what a document has and these updates do not; undefined where that is nothing. */
export function findLackingUpdate(
  doc: Doc,
  updates: readonly Uint8Array[],
): Uint8Array | undefined {
  const known = new Doc()
  for (const update of updates) {
    try {
      applyUpdate(known, update)
    } catch {
      // Nonsense of somebody else's, which the document did not take either.
    }
  }
  // A state vector says nothing of what was deleted, so both are compared.
  const isSame = equalSnapshots(snapshot(known), snapshot(doc))
  const lacking = isSame ? undefined : encodeStateAsUpdate(doc, encodeStateVector(known))
  known.destroy()
  return lacking
}
