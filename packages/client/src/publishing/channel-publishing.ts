import type { PublishReply, PublishRequest, Result } from '@coterie/protocol'
import type { PublishOptions } from '../channel/channel.ts'
import type { ChannelPart, PartContext } from '../channel/channel-part.ts'
import { checkPublishOptions } from '../channel/check-channel-options.ts'
import { copied } from '../channel/copied.ts'
import { createId } from '../channel/create-id.ts'
import type { RetryingQueue } from '../channel/retrying-queue.ts'
import { createUnattended, settle } from '../channel/unattended.ts'
import { createPublishQueue, type QueuedPublish } from './publish-queue.ts'

/** Publishes this user's events to one channel. */
export class ChannelPublishing implements ChannelPart {
  readonly queue: RetryingQueue<QueuedPublish>
  readonly #channel: PartContext

  constructor(channel: PartContext) {
    this.#channel = channel
    this.queue = createPublishQueue(channel)
  }

  /** Publishes an event; see `Channel.publish`. */
  publish(event: string, payload: unknown, options: PublishOptions = {}): Promise<PublishReply> {
    return createUnattended((resolve, reject) => {
      checkPublishOptions(options)
      const { messageId, untilSnapshot, ...rest } = options
      const copy = copied(payload)
      const message_id =
        messageId ?? (options.volatile ? undefined : createId(this.#channel.host.environment))
      const frame: PublishRequest = {
        type: 'publish',
        channel: this.#channel.name,
        event,
        payload: copy,
        ...rest,
        message_id,
        until_snapshot: untilSnapshot || undefined,
      }
      if (options.volatile) return this.#publishNow({ frame, resolve, reject })
      this.#channel.published()
      this.#channel.count.used()
      this.queue.push({ frame, resolve, reject })
      this.queue.flush()
    })
  }

  #publishNow(publish: QueuedPublish): void {
    const { host, membership } = this.#channel
    if (!membership.mayPublish) {
      publish.reject(host.createAbsenceError())
      return
    }
    const { frame } = publish
    const { channel, event, key } = frame
    const conflationKey = key === undefined ? undefined : JSON.stringify([channel, event, key])
    const answered = (result: Result<unknown>) => settle(publish, result as Result<PublishReply>)
    host.request(frame, answered, { isVolatile: true, conflationKey })
  }
}
