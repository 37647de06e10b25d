import { type PublishReply, parsePosition, RealtimeError } from '@coterie/protocol'
import type { Doc } from 'yjs'
import type { Channel } from '../channel/channel.ts'
import { type Backoff, createBackoff } from '../connection/backoff.ts'
import type { ClientEnvironment } from '../connection/environment.ts'
import { mayRetry, retryDelayMs } from '../connection/retry.ts'
import { toBase64 } from './base64.ts'
import { joinUpdates } from './join-updates.ts'
import { UPDATE_EVENT } from './update-event.ts'
import { cut, MAX_SPAN, type UpdatePart } from './update-parts.ts'

const MIN_PART_CHARACTERS = 500
const RETRY_MS = 500
const MAX_RETRY_MS = 30_000

/** What sending updates needs, and what it reports. */
export interface UpdateSenderParts {
  readonly channel: Channel
  readonly doc: Doc
  readonly environment: ClientEnvironment
  /** Returns the maximum characters of a part. */
  readonly partCharacters: () => number
  /** Distinguishes the updates of this binding from those of all others. */
  readonly name: string
  /** Updates began or stopped waiting. */
  onChange(): void
  /** The log has stored an update. */
  onSent(): void
  /** The server refused it permanently. It is retried with the next change. */
  onRefused(error: RealtimeError): void
}

/**
 * Sends a document's own updates, and keeps each until the log has stored it.
 *
 * Changes made while an update is under way are sent together in the next one.
 * A refused update is sent with them: later updates depend on it and would be
 * unreadable without it.
 */
export class UpdateSender {
  readonly #parts: UpdateSenderParts
  readonly #backoff: Backoff
  #unsent: Uint8Array[] = []
  #underWay: Uint8Array | undefined
  #isAllowed = false
  #isRefused = false
  #failures = 0
  #count = 0
  /** A limit below the server's announced one, after a part was refused as too large. */
  #maxPartCharacters = Number.POSITIVE_INFINITY
  #cancelRetry: (() => void) | undefined

  constructor(parts: UpdateSenderParts) {
    this.#parts = parts
    this.#backoff = createBackoff(RETRY_MS, MAX_RETRY_MS, () => parts.environment.random())
  }

  /** True when the log has stored everything. */
  get isIdle(): boolean {
    return this.#unsent.length === 0 && this.#underWay === undefined
  }

  /** True when the waiting update was refused. */
  get isRefused(): boolean {
    return this.#isRefused
  }

  /** Takes an update; sends it at once when nothing is under way. */
  push(update: Uint8Array): void {
    this.#unsent.push(update)
    // A refused update may be accepted later, but must not be resent on every keystroke.
    if (this.#isRefused && !this.#cancelRetry) this.#retryIn(this.#backoff(this.#failures))
    this.#send()
    this.#parts.onChange()
  }

  /** Replaces the waiting updates by everything that the log lacks. */
  replace(update: Uint8Array | undefined): void {
    this.#unsent = update ? [update] : []
    this.#isRefused &&= update !== undefined
    this.#parts.onChange()
  }

  /** Allows sending, also of refused updates, or holds updates back. */
  allow(isAllowed: boolean): void {
    if (isAllowed === this.#isAllowed) return
    this.#isAllowed = isAllowed
    this.#isRefused = false
    this.#failures = 0
    this.stop()
    this.#send()
  }

  /** Cancels the next attempt. */
  stop(): void {
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
  }

  #send(): void {
    const isWaiting = this.#underWay !== undefined || this.#cancelRetry !== undefined
    if (!this.#isAllowed || this.#isRefused || isWaiting || this.#unsent.length === 0) return
    const update = joinUpdates(this.#parts.doc, this.#unsent)
    this.#unsent = []
    this.#underWay = update
    this.#publish(update).then(
      () => this.#sent(),
      (error: RealtimeError) => this.#failed(update, error),
    )
  }

  async #publish(update: Uint8Array): Promise<void> {
    this.#count += 1
    const { channel, name } = this.#parts
    const texts = cut(toBase64(update), this.#partCharacters)
    const offsets: number[] = []
    for (const [part, data] of texts.entries()) {
      const id = `${name}-${this.#count}`
      const payload: UpdatePart = { id, part, parts: texts.length, data }
      const published = channel.publish(UPDATE_EVENT, payload, { untilSnapshot: true })
      offsets.push(offsetOf(await published))
    }
    const [first = 0] = offsets
    // Too many events came between its parts, so readers have discarded it.
    if ((offsets.at(-1) ?? 0) - first > MAX_SPAN) {
      throw new RealtimeError('timeout', 'the parts of an update lie too far apart')
    }
  }

  #sent(): void {
    this.#underWay = undefined
    this.#isRefused = false
    this.#failures = 0
    this.#parts.onSent()
    this.#send()
    this.#parts.onChange()
  }

  #failed(update: Uint8Array, error: RealtimeError): void {
    this.#underWay = undefined
    this.#unsent.unshift(update)
    if (error.code === 'too_large' && this.#partCharacters > MIN_PART_CHARACTERS) {
      this.#maxPartCharacters = Math.floor(this.#partCharacters / 2)
      this.#send()
      return
    }
    const delayMs = retryDelayMs(error, this.#failures, this.#backoff)
    this.#failures += 1
    // The queue of publishes is full: there is room once some are sent.
    if (mayRetry(error) || error.code === 'limit_exceeded') this.#retryIn(delayMs)
    else {
      this.#isRefused = true
      this.#parts.onRefused(error)
    }
    this.#parts.onChange()
  }

  get #partCharacters(): number {
    return Math.min(this.#parts.partCharacters(), this.#maxPartCharacters)
  }

  #retryIn(delayMs: number): void {
    this.stop()
    this.#cancelRetry = this.#parts.environment.clock.setTimer(() => {
      this.#cancelRetry = undefined
      this.#isRefused = false
      this.#send()
    }, delayMs)
  }
}

function offsetOf({ position }: PublishReply): number {
  return parsePosition(position ?? '')?.offset ?? 0
}
