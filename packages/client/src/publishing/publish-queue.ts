import type { PublishReply, PublishRequest, RealtimeError } from '@coterie/protocol'
import {
  type Attempt,
  createAttempt,
  createLateError,
  isRemembered,
  isSameUser,
} from '../channel/attempt.ts'
import type { PartContext } from '../channel/channel-part.ts'
import { RetryingQueue, type TakeAnswer } from '../channel/retrying-queue.ts'
import { settle } from '../channel/unattended.ts'
import type { Settle } from '../connection/requests.ts'
import { type LookupOutcome, lookUpPublished } from './published-lookup.ts'

/** When something was first published, and the log's position at that time. */
interface LoggedAttempt extends Attempt {
  readonly since: string | undefined
}

/** A publish, and the caller that waits for its answer. */
export interface QueuedPublish {
  readonly frame: PublishRequest
  /** The first time that it was sent and may have arrived. */
  attempt?: LoggedAttempt | undefined
  readonly resolve: (reply: PublishReply) => void
  readonly reject: (error: RealtimeError) => void
}

/**
 * Makes the queue of publishes to one channel.
 *
 * Once the server may have forgotten its id, a publish is not resent unless the
 * log shows that it never arrived.
 */
export function createPublishQueue({
  host,
  membership,
  sequence,
}: PartContext): RetryingQueue<QueuedPublish> {
  const publish = (queued: QueuedPublish, take: TakeAnswer): void => {
    queued.attempt ??= { ...createAttempt(host), since: sequence.since }
    const answered = take<PublishReply>((result) => settle(queued, result))
    host.request(queued.frame, answered as Settle)
  }

  const lookUp = (queued: QueuedPublish, attempt: LoggedAttempt, take: TakeAnswer): void => {
    const { channel, message_id: messageId } = queued.frame
    const query = { channel, messageId, userId: attempt.userId, since: attempt.since }
    const answered = take<LookupOutcome>((result) => {
      const found = result.ok ? result.value : 'unknown'
      if (found === 'absent' && isSameUser(attempt, host)) {
        queued.attempt = undefined
        return 'again'
      }
      if (typeof found === 'string') queued.reject(createLateError())
      else {
        const { id, position } = found
        queued.resolve({ id, duplicate: true, ...(position !== undefined && { position }) })
      }
      return undefined
    })
    lookUpPublished(host, query, answered)
  }

  return new RetryingQueue({
    host,
    fullMessage: 'too many publishes wait for an answer',
    maySend: () => membership.mayPublish,
    send: ([queued], take) => {
      const { attempt } = queued
      if (attempt && !isRemembered(attempt, host)) lookUp(queued, attempt, take)
      else publish(queued, take)
    },
  })
}
