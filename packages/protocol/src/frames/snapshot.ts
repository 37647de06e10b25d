import { z } from 'zod'
import { channelName, request, wholeText } from './frame.ts'
import { count, position } from './scalar.ts'

/** Maximum segments of a snapshot. */
const MAX_SNAPSHOT_SEGMENTS = 64
/** Maximum parts of a segment. */
const MAX_PARTS = 10_000

const segment = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, {
  error: 'expected 1–64 characters of A–Z a–z 0–9 . _ -',
})
const part = z
  .int()
  .min(0)
  .max(MAX_PARTS - 1)

/** Client → server. Reads the contents of a channel's snapshot; with `segment`, one part of it. */
export const snapshotReadRequest = request('snapshot_read', {
  channel: channelName,
  segment: segment.optional(),
  /** @default 0 */
  part: part.optional(),
})
/** A `snapshot_read` frame, as the server reads it. */
export type SnapshotReadRequest = z.infer<typeof snapshotReadRequest>

/** Client → server. Writes the parts of a segment in order; readers do not see it yet. */
export const snapshotWriteRequest = request('snapshot_write', {
  channel: channelName,
  segment,
  part,
  data: wholeText(),
})
/** A `snapshot_write` frame, as the server reads it. */
export type SnapshotWriteRequest = z.infer<typeof snapshotWriteRequest>

/**
 * Client → server. Makes segments the channel's snapshot, all of them or none,
 * and lets the log drop what it covers. Without `segments` it only does the
 * latter: the snapshot is stored elsewhere, as in the shared state.
 */
export const snapshotCommitRequest = request('snapshot_commit', {
  channel: channelName,
  /** The position up to which the snapshot covers the log. */
  position: z.string().max(128),
  segments: z.array(segment).min(1).max(MAX_SNAPSHOT_SEGMENTS).optional(),
  /** The version of the snapshot to replace; 0 when there is none. */
  if_version: z.int().min(0).optional(),
})
/** A `snapshot_commit` frame, as the server reads it. */
export type SnapshotCommitRequest = z.infer<typeof snapshotCommitRequest>

/** A segment of a snapshot. */
export const snapshotSegment = z.object({ id: z.string(), parts: count })
/** A segment of a snapshot. */
export type SnapshotSegment = Readonly<z.infer<typeof snapshotSegment>>

/** The contents of a channel's snapshot. */
export const snapshotHead = z.object({
  version: count,
  /** The position up to which it covers the channel's log. */
  position,
  segments: z.array(snapshotSegment.readonly()).readonly(),
})
/** The contents of a channel's snapshot. */
export type SnapshotHead = Readonly<z.infer<typeof snapshotHead>>

/** Reply to `snapshot_read` without `segment`; null when the channel has no snapshot. */
export const snapshotHeadReply = z.object({ head: snapshotHead.readonly().nullable() })
/** Reply to `snapshot_read` without `segment`; null when the channel has no snapshot. */
export type SnapshotHeadReply = Readonly<z.infer<typeof snapshotHeadReply>>

/** Reply to `snapshot_read` with `segment`. */
export const snapshotPartReply = z.object({ data: z.string() })
/** Reply to `snapshot_read` with `segment`. */
export type SnapshotPartReply = Readonly<z.infer<typeof snapshotPartReply>>

/** Reply to `snapshot_commit`. */
export const snapshotCommitReply = z.object({
  /** The version of the channel's snapshot; 0 when there is none. */
  version: count,
})
/** Reply to `snapshot_commit`. */
export type SnapshotCommitReply = Readonly<z.infer<typeof snapshotCommitReply>>
