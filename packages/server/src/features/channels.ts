import {
  ok,
  type PublishReply,
  type SubscribeReply,
  type SubscribeRequest,
} from '@coterie/protocol'
import type { Access } from '../core/access.ts'
import { type ChannelReader, MAX_PAGE_CHARACTERS } from '../core/channel-reader.ts'
import type { UserConnection } from '../core/connection.ts'
import { EventLists } from '../core/event-lists.ts'
import { answer, type Feature, type FrameOf, type Outcome } from '../core/feature.ts'
import type { FeatureHost } from '../core/feature-host.ts'
import type { Joiner } from '../core/joiner.ts'
import { payerAccount, payerOf } from '../core/limits/answer-charge.ts'
import type { Limits } from '../core/limits/limits.ts'
import type { Memberships } from '../core/memberships.ts'
import { publishReply } from '../core/publish-reply.ts'
import type { Publisher } from '../core/publisher.ts'
import { writeParts, writeSubscribeReply } from '../core/subscribe-reply.ts'
import type { JsonText } from '../ports/engine.ts'
import type { TextPieces } from '../ports/transport.ts'

/** The parts of the hub that the feature needs. */
export interface ChannelsFeatureParts {
  readonly channelReader: ChannelReader
  readonly access: Access
  readonly memberships: Memberships
  readonly joiner: Joiner
  readonly publisher: Publisher
  readonly host: Pick<FeatureHost, 'guard'>
  readonly limits: Pick<Limits, 'answers' | 'guests' | 'newChannels' | 'unreadAnswers'>
}

/** Subscribing, publishing and reading back: what a channel is for. */
export function channelsFeature(parts: ChannelsFeatureParts): Feature {
  const { channelReader, memberships } = parts
  const { unreadAnswers } = parts.limits
  const lists = new EventLists()
  return {
    frames: {
      subscribe: (connection, frame) => subscribe(parts, lists, connection, frame),

      unsubscribe(connection, { channel }) {
        const membership = connection.memberships.get(channel)
        // A client that has left, or was put out, has what it wants already.
        if (membership?.isSubscribed) memberships.leave(membership, 'unsubscribed')
        return answer({ channel })
      },

      publish: (connection, frame, payload) => publish(parts, connection, frame, payload),

      async history(connection, frame) {
        const { principal, memberships: joined } = connection
        const { channel } = frame
        const isMember = joined.get(channel)?.isSubscribed ?? false
        const entered = await unreadAnswers.enter(connection, MAX_PAGE_CHARACTERS)
        if (!entered.ok) return entered
        const leave = entered.value
        try {
          const address = connection.transport.remoteAddress
          const reader = { principal, address, isMember }
          const page = await channelReader.history(channel, frame, reader)
          if (page.ok) return ok({ payload: () => page.value, onQueued: leave })
          leave()
          return page
        } catch (error) {
          leave()
          throw error
        }
      },
    },
  }
}

async function subscribe(
  { joiner, limits }: ChannelsFeatureParts,
  lists: EventLists,
  connection: UserConnection,
  frame: SubscribeRequest,
): Promise<Outcome<SubscribeReply>> {
  const { channel } = frame
  const joined = await joiner.join(connection, frame)
  if (!joined.ok) return joined
  const { membership, past, fields, goLive } = joined.value
  const payload = (): TextPieces => {
    const events = lists.write(past.events, membership.isPattern ? channel : undefined)
    const more = fields.flatMap((field) => writeParts(field()))
    // The joiner has charged for the events.
    const payer = payerOf(connection, limits.guests)
    if (payer) limits.answers.charge(payerAccount(payer), lengthOf(more))
    return writeSubscribeReply(membership.channel, past, events, more)
  }
  return ok({ payload, onQueued: goLive })
}

function lengthOf(pieces: TextPieces): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0)
}

function publish(
  parts: ChannelsFeatureParts,
  connection: UserConnection,
  frame: FrameOf<'publish'>,
  payload: JsonText,
): Outcome<PublishReply> | Promise<Outcome<PublishReply>> {
  const { principal } = connection
  const { channel, event, message_id: messageId, volatile, key, echo } = frame
  const isAllowed = () => {
    const isMember = connection.memberships.get(channel)?.isSubscribed ?? false
    return parts.access.publish(principal, channel, isMember)
  }
  const allowed = isAllowed()
  if (!allowed.ok) return allowed
  const { newChannels, guests } = parts.limits
  const tooMany = volatile ? undefined : newChannels.take(guests.accountOf(connection), channel)
  if (tooMany) return tooMany
  const publication = {
    channel,
    definition: allowed.value,
    event,
    payload,
    payloadValue: frame.payload,
    from: { user_id: principal.userId, connection_id: connection.id },
    connection,
    messageId,
    volatile,
    key,
    holds: frame.until_snapshot && allowed.value.state?.persist,
    excludeConnection: echo === false ? connection.id : undefined,
  }
  const guarded = parts.host.guard(connection, publication, isAllowed)
  if (guarded) return guarded
  const published = parts.publisher.publish(publication)
  return published.then((result) => answer(publishReply(result)))
}
