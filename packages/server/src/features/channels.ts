import {
  formatPosition,
  type HistoryReply,
  hasWildcard,
  ok,
  type PublishReply,
  parsePosition,
  type Result,
  refuse,
  type SubscribeFrame,
} from '@coterie/protocol'
import type { Access } from '../core/access.ts'
import type { Connection } from '../core/connection.ts'
import { type ChannelDefinition, DEFAULT_DEFINITION } from '../core/definitions.ts'
import { eventFields } from '../core/event-frame.ts'
import {
  answer,
  type Feature,
  type FrameOf,
  type Outcome,
  type ReplyField,
} from '../core/feature.ts'
import type { Membership } from '../core/membership.ts'
import type { Memberships } from '../core/memberships.ts'
import type { Publisher } from '../core/publisher.ts'
import { type Recovery, recover, replyPosition } from '../core/recovery.ts'
import type { Appended, Engine, EventRecord, JsonText } from '../ports/engine.ts'

/** What the feature needs of the hub. */
export interface ChannelsFeatureParts {
  readonly engine: Engine
  readonly access: Access
  readonly memberships: Memberships
  readonly publisher: Publisher
  readonly maxSubscriptions: number
  /** Events that a resume returns at most. */
  readonly maxRecoveredEvents: number
  readonly onPublished: (connection: Connection, channel: string) => void
}

/** Subscribing, publishing and reading back: what a channel is for. */
export function channelsFeature(parts: ChannelsFeatureParts): Feature {
  const { access, engine, memberships } = parts
  return {
    frames: {
      subscribe: (connection, frame) => subscribe(parts, connection, frame),

      unsubscribe(connection, { channel }) {
        const membership = connection.memberships.get(channel)
        // Twice is once: whoever has left, or was put out, wants nothing else.
        if (membership?.isSubscribed) memberships.leave(membership, 'unsubscribed')
        return answer({ channel })
      },

      publish: (connection, frame, payload) => publish(parts, connection, frame, payload),

      async history(connection, { channel, since, limit, reverse }) {
        const { principal } = connection
        if (!principal) return refuse('unauthorized', 'send auth first')
        const isMember = connection.memberships.get(channel)?.isSubscribed ?? false
        const allowed = access.act(principal, 'history', channel, isMember)
        if (!allowed.ok) return allowed
        if (!allowed.value.history)
          return answer({ events: [], position: null } satisfies HistoryReply)
        const position = since === undefined ? undefined : parsePosition(since)
        if (since !== undefined && !position) return lost('unknown_epoch')
        const page = await engine.read(channel, { since: position, limit, reverse })
        if (!page.ok) return lost(page.error)
        const text = `{"events":${eventList(page.value.events)},"position":"${formatPosition(page.value.top)}"}`
        return ok({ payload: () => text as JsonText })
      },
    },
  }
}

async function subscribe(
  parts: ChannelsFeatureParts,
  connection: Connection,
  frame: SubscribeFrame,
): Promise<Outcome> {
  const { channel } = frame
  const allowed = authorise(parts.access, connection, channel)
  if (!allowed.ok) return allowed
  if (frame.state || frame.initial_state) {
    return refuse('forbidden', `${channel} keeps no shared state`)
  }
  const earlier = connection.memberships.get(channel)
  if (!earlier?.isSubscribed && connection.subscriptions >= parts.maxSubscriptions) {
    return refuse(
      'limit_exceeded',
      `a connection has at most ${parts.maxSubscriptions} subscriptions`,
    )
  }

  // Live first, then the log, then both together: nothing falls between.
  const membership = parts.memberships.begin(connection, channel, allowed.value)
  try {
    const joined = await parts.memberships.join(membership, frame)
    if (!joined.ok) {
      parts.memberships.leave(membership, 'unsubscribed')
      return joined
    }
    const past = await readPast(parts, membership, frame)
    return ok({
      payload: () => subscribeReply(channel, past, joined.value),
      onQueued: () => membership.goLive(past.top?.offset ?? 0),
    })
  } catch (error) {
    parts.memberships.leave(membership, 'unsubscribed')
    throw error
  }
}

function authorise(
  access: Access,
  { principal }: Connection,
  channel: string,
): Result<ChannelDefinition> {
  if (!principal) return refuse('unauthorized', 'send auth first')
  if (!hasWildcard(channel)) return access.subscribe(principal, channel)
  const covered = access.subscribePattern(principal, channel)
  return covered.ok ? ok(DEFAULT_DEFINITION) : covered
}

async function readPast(
  { engine, maxRecoveredEvents }: ChannelsFeatureParts,
  { channel, definition }: Membership,
  { since, recent = 0 }: SubscribeFrame,
): Promise<Recovery> {
  if (!definition.history) {
    const reason = since === undefined ? undefined : 'unknown_epoch'
    return { events: [], top: null, recovered: false, reason }
  }
  return recover(engine, channel, { since, recent, maxEvents: maxRecoveredEvents })
}

function subscribeReply(channel: string, past: Recovery, fields: readonly ReplyField[]): JsonText {
  const { recovered, reason } = past
  const head = JSON.stringify({ channel, position: replyPosition(past.top), recovered, reason })
  const more = fields.map((field) => `,${field()}`).join('')
  return `${head.slice(0, -1)},"events":${eventList(past.events)}${more}}` as JsonText
}

function eventList(events: readonly EventRecord[]): string {
  return `[${events.map((event) => eventFields(event)).join(',')}]`
}

function publish(
  parts: ChannelsFeatureParts,
  connection: Connection,
  frame: FrameOf<'publish'>,
  payload: JsonText,
): Outcome | Promise<Outcome> {
  const { principal } = connection
  if (!principal) return refuse('unauthorized', 'send auth first')
  const { channel, event, message_id: messageId, volatile, key, echo } = frame
  const isMember = connection.memberships.get(channel)?.isSubscribed ?? false
  const allowed = parts.access.publish(principal, channel, isMember)
  if (!allowed.ok) return allowed
  const appended = parts.publisher.publish({
    channel,
    definition: allowed.value,
    event,
    payload,
    from: { user_id: principal.userId, connection_id: connection.id },
    messageId,
    volatile,
    key,
    excludeConnection: echo === false ? connection.id : undefined,
  })
  // A cursor that moves is no message, and does not end typing.
  if (!volatile) parts.onPublished(connection, channel)
  return appended.then((result) => answer(publishReply(result)))
}

/** Says where an event stands, as its publisher is told. */
export function publishReply({ id, position, duplicate }: Appended): PublishReply {
  return { ...(position && { position: formatPosition(position) }), duplicate, id }
}

function lost(reason: string): Outcome {
  return refuse('not_found', 'the log does not hold what follows this position', { reason })
}
