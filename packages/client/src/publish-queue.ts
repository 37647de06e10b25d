import { type PublishReply, type PublishRequest, RealtimeError } from '@coterie/protocol'
import {
  type Attempt,
  createAttempt,
  createLateError,
  isRemembered,
  isSameUser,
} from './attempt.ts'
import type { ChannelHost } from './channel-host.ts'
import { lookUpPublished } from './published-lookup.ts'
import { mayRetry } from './retry.ts'

interface QueuedPublish {
  readonly frame: PublishRequest
  /** The first time that it was sent and may have arrived, and where the log stood. */
  attempt?: (Attempt & { readonly since: string | undefined }) | undefined
  readonly resolve: (reply: PublishReply) => void
  readonly reject: (error: RealtimeError) => void
}

/**
 * Publishes to one channel in order, each until the server gave a definite answer.
 *
 * One at a time: were the next under way already, it would overtake one that
 * has to be sent again. Nothing is sent again once the server may have forgotten
 * its id, unless the log shows that it never arrived.
 */
export class PublishQueue {
  readonly #host: ChannelHost
  readonly #mayContinue: () => boolean
  readonly #since: () => string | undefined
  #queue: QueuedPublish[] = []
  #isSending = false
  // Tells the answer of a link that is gone from the current one's.
  #round = 0
  #failures = 0
  #cancelRetry: (() => void) | undefined

  /**
   * @param mayContinue tells whether the channel takes publishes at this moment
   * @param since tells up to where the log was seen
   */
  constructor(host: ChannelHost, mayContinue: () => boolean, since: () => string | undefined) {
    this.#host = host
    this.#mayContinue = mayContinue
    this.#since = since
  }

  /** True where nothing waits. */
  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  /** Queues a publish; settles with the server's answer, or when the client ends. */
  push(frame: PublishRequest): Promise<PublishReply> {
    return new Promise((resolve, reject) => {
      if (this.#host.hasEnded) return reject(this.#host.createAbsenceError())
      if (!this.#host.takePublishSlot()) {
        return reject(new RealtimeError('limit_exceeded', 'too many publishes wait for an answer'))
      }
      this.#queue.push({ frame, resolve, reject })
      this.flush()
    })
  }

  /** Sends what waits, as far as the channel allows. */
  flush(): void {
    const [head] = this.#queue
    if (!head || this.#isSending || !this.#mayContinue()) return
    this.#isSending = true
    if (head.attempt && !isRemembered(head.attempt, this.#host)) this.#lookUp(head, head.attempt)
    else this.#send(head)
  }

  /** Notes that the answer under way will not come: its frame is sent again later. */
  cut(): void {
    this.#round += 1
    this.#isSending = false
    this.#failures = 0
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
  }

  /** Rejects everything that waits. */
  end(error: RealtimeError): void {
    this.cut()
    const queue = this.#queue
    this.#queue = []
    for (const { reject } of queue) {
      this.#host.freePublishSlot()
      reject(error)
    }
  }

  #send(head: QueuedPublish): void {
    const round = this.#round
    const isFirst = head.attempt === undefined
    head.attempt ??= { ...createAttempt(this.#host), since: this.#since() }
    this.#host.request(head.frame, (result) => {
      if (round !== this.#round) return
      if (result.ok) {
        this.#settle(() => head.resolve(result.value as PublishReply))
      } else if (mayRetry(result.error)) {
        // Then it was not taken for certain.
        if (isFirst && result.error.code === 'rate_limited') head.attempt = undefined
        this.#retry(result.error)
      } else this.#settle(() => head.reject(result.error))
    })
  }

  #lookUp(head: QueuedPublish, attempt: NonNullable<QueuedPublish['attempt']>): void {
    const round = this.#round
    const { channel, message_id: messageId } = head.frame
    const query = { channel, messageId, userId: attempt.userId, since: attempt.since }
    lookUpPublished(this.#host, query, (result) => {
      if (round !== this.#round) return
      if (!result.ok) this.#retry(result.error)
      else if (result.value === 'absent' && isSameUser(attempt, this.#host)) {
        head.attempt = undefined
        this.#send(head)
      } else if (typeof result.value === 'string') {
        this.#settle(() => head.reject(createLateError()))
      } else {
        const { id, position } = result.value
        const reply = { id, duplicate: true, ...(position !== undefined && { position }) }
        this.#settle(() => head.resolve(reply))
      }
    })
  }

  #settle(settle: () => void): void {
    this.#queue.shift()
    this.#host.freePublishSlot()
    this.#isSending = false
    this.#failures = 0
    settle()
    this.flush()
  }

  #retry(error: RealtimeError): void {
    this.#cancelRetry = this.#host.retry(error, this.#failures, () => {
      this.#isSending = false
      this.flush()
    })
    this.#failures += 1
  }
}
