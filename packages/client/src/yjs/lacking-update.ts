import {
  applyUpdate,
  Doc,
  encodeStateAsUpdate,
  encodeStateVector,
  equalSnapshots,
  snapshot,
} from 'yjs'

/** Returns what a document has and these updates lack; undefined when nothing. */
export function findLackingUpdate(
  doc: Doc,
  updates: readonly Uint8Array[],
): Uint8Array | undefined {
  const known = new Doc()
  for (const update of updates) {
    try {
      applyUpdate(known, update)
    } catch {
      // Another client's invalid update, which the document has not applied either.
    }
  }
  // A state vector does not include deletions, so snapshots are compared as well.
  const isSame = equalSnapshots(snapshot(known), snapshot(doc))
  const lacking = isSame ? undefined : encodeStateAsUpdate(doc, encodeStateVector(known))
  known.destroy()
  return lacking
}
