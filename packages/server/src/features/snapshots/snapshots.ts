import {
  type ClientFrame,
  ok,
  type Result,
  refuse,
  type SnapshotCommitReply,
  type SnapshotHeadReply,
  type SnapshotPartReply,
} from '@coterie/protocol'
import type { Access } from '../../core/access.ts'
import type { UserConnection } from '../../core/connection.ts'
import type { ChannelDefinition } from '../../core/definitions.ts'
import { answer, done, type Feature, type Outcome } from '../../core/feature.ts'
import { type AnswerCharge, chargeAnswer } from '../../core/limits/answer-charge.ts'
import type { Limits } from '../../core/limits/limits.ts'
import type { Engine, JsonText } from '../../ports/engine.ts'
import { ChannelSnapshots } from './channel-snapshots.ts'

/** Bytes that a part mostly has at most; it came in one frame. */
const PART_BYTES = 65_536
/** Bytes that are read to find a place for a part: which parts there are. */
const INDEX_BYTES = 8_192

/** The parts of the hub that the feature needs. */
export interface SnapshotsParts {
  readonly engine: Engine
  readonly access: Access
  readonly limits: Pick<Limits, 'answers'>
  /** Bytes that a channel's snapshot and those being written have together, as JSON. */
  readonly maxSnapshotBytes: number
}

type FrameOf<Type extends ClientFrame['type']> = Extract<ClientFrame, { type: Type }>

/** What a log came to, written by its clients, so that nobody reads it from the beginning. */
export function snapshotsFeature(parts: SnapshotsParts): Feature {
  const snapshots = new ChannelSnapshots(parts.engine, parts.maxSnapshotBytes)
  return {
    frames: {
      snapshot_read: (connection, frame) => read(parts, snapshots, connection, frame),
    },

    memberFrames: {
      async snapshot_write({ connection }, frame) {
        const allowed = mayWrite(parts.access, connection, frame.channel)
        if (!allowed.ok) return allowed
        const written = await chargeAnswer(chargeOf(parts, connection), async () => {
          const result = await snapshots.write(frame)
          return result.ok ? ok({ value: done, bytes: INDEX_BYTES }) : result
        })
        return written.ok ? written.value : written
      },

      async snapshot_commit({ connection }, frame) {
        const allowed = mayWrite(parts.access, connection, frame.channel)
        if (!allowed.ok) return allowed
        // The newest event of the log is read for it.
        const committed = await chargeAnswer(chargeOf(parts, connection), async () => {
          const version = await snapshots.commit(frame)
          return version.ok ? ok({ value: version.value, bytes: PART_BYTES }) : version
        })
        if (!committed.ok) return committed
        const reply: SnapshotCommitReply = { version: committed.value }
        return answer(reply)
      },
    },
  }
}

async function read(
  parts: SnapshotsParts,
  snapshots: ChannelSnapshots,
  connection: UserConnection,
  { channel, segment, part = 0 }: FrameOf<'snapshot_read'>,
): Promise<Outcome<SnapshotHeadReply | SnapshotPartReply>> {
  const { principal } = connection
  const isMember = connection.memberships.get(channel)?.isSubscribed ?? false
  const granted = parts.access.act(principal, 'history', channel, isMember)
  const allowed = keepsSnapshots(granted, channel)
  if (!allowed.ok) return allowed
  return chargeAnswer(chargeOf(parts, connection), async () => {
    if (segment === undefined) {
      const reply: SnapshotHeadReply = { head: await snapshots.head(channel) }
      return charged(JSON.stringify(reply) as JsonText)
    }
    const data = await snapshots.part(channel, segment, part)
    if (data === undefined) {
      return refuse('not_found', `part ${part} of segment ${segment} is missing`)
    }
    return charged(`{"data":${data}}` as JsonText)
  })
}

function chargeOf(
  { limits: { answers } }: SnapshotsParts,
  { principal, transport }: UserConnection,
): AnswerCharge {
  const payer = { principal, address: transport.remoteAddress }
  return { answers, payer, atMostBytes: PART_BYTES }
}

function charged(text: JsonText) {
  return ok({ value: { payload: () => text }, bytes: text.length })
}

function mayWrite(
  access: Access,
  { principal }: UserConnection,
  channel: string,
): Result<ChannelDefinition> {
  return keepsSnapshots(access.act(principal, 'state', channel, true), channel)
}

function keepsSnapshots(
  defined: Result<ChannelDefinition>,
  channel: string,
): Result<ChannelDefinition> {
  if (!defined.ok) return defined
  const { history, state } = defined.value
  if (history && state?.persist) return defined
  const message = `${channel} keeps no snapshots: declare history and state: { persist: true }`
  return refuse('forbidden', message)
}
