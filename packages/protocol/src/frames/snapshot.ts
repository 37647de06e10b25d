import { z } from 'zod'
import { channelName, frame, wholeText } from './frame.ts'

/** Segments that a snapshot has at most. */
const MAX_SNAPSHOT_SEGMENTS = 64
/** Parts that a segment has at most. */
const MAX_PARTS = 10_000

const segment = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, {
  error: 'expected 1–64 characters of A–Z a–z 0–9 . _ -',
})
const part = z
  .int()
  .min(0)
  .max(MAX_PARTS - 1)

/** Client → server. Reads what a channel's snapshot consists of; with `segment`, one part of it. */
export const snapshotRead = frame('snapshot_read', {
  channel: channelName,
  segment: segment.optional(),
  /** @default 0 */
  part: part.optional(),
})
export type SnapshotReadRequest = z.infer<typeof snapshotRead>

/** Client → server. Writes a part of a segment, one after the other; nobody sees it yet. */
export const snapshotWrite = frame('snapshot_write', {
  channel: channelName,
  segment,
  part,
  data: wholeText(),
})
export type SnapshotWriteRequest = z.infer<typeof snapshotWrite>

/**
 * Client → server. Makes segments the channel's snapshot, all of them or none,
 * and lets the log forget what it covers. Without `segments` it only does the
 * latter: the snapshot is kept elsewhere, as in the shared state.
 */
export const snapshotCommit = frame('snapshot_commit', {
  channel: channelName,
  /** Up to where the snapshot covers the log. */
  position: z.string().max(128),
  segments: z.array(segment).min(1).max(MAX_SNAPSHOT_SEGMENTS).optional(),
  /** The version of the snapshot that this one replaces; 0 where there is none. */
  if_version: z.int().min(0).optional(),
})
export type SnapshotCommitRequest = z.infer<typeof snapshotCommit>

/** A segment of a snapshot. */
export interface SnapshotSegment {
  readonly id: string
  readonly parts: number
}

/** What a channel's snapshot consists of. */
export interface SnapshotHead {
  readonly version: number
  /** Up to where it covers the channel's log. */
  readonly position: string
  readonly segments: readonly SnapshotSegment[]
}

/** Reply to `snapshot_read` without `segment`; null where the channel has no snapshot. */
export interface SnapshotHeadReply {
  readonly head: SnapshotHead | null
}

/** Reply to `snapshot_read` with `segment`. */
export interface SnapshotPartReply {
  readonly data: string
}

/** Reply to `snapshot_commit`. */
export interface SnapshotCommitReply {
  /** The version of the channel's snapshot; 0 where it has none. */
  readonly version: number
}
