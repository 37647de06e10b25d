/** The key of shared state that describes the snapshot of a document. */
export const SNAPSHOT_HEAD = 'yjs'
/** How the keys of its parts begin. */
export const SNAPSHOT_PARTS = 'yjs/'

/** Tells whether a key of shared state belongs to the snapshot of a document. */
export function isSnapshotKey(key: string): boolean {
  return /^yjs(?:\/|$)/.test(key)
}
