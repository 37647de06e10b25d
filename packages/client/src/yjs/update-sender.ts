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

/** What sending updates needs, and whom it tells. */
export interface UpdateSenderParts {
  readonly channel: Channel
  readonly doc: Doc
  readonly environment: ClientEnvironment
  /** Returns how many characters a part may have. */
  readonly partCharacters: () => number
  /** Tells the updates of this document here from those of all others. */
  readonly name: string
  /** Something waits, or nothing does any more. */
  onChange(): void
  /** The log has an update. */
  onSent(): void
  /** The server takes it neither now nor later. It is tried again with what is written next. */
  onRefused(error: RealtimeError): void
}

/**
 * Sends a document's own updates, and keeps each until the log has it.
 *
 * What is written while one is on its way goes together in the next. What was
 * refused goes with it: later updates build on it, and others could not read
 * them without it.
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
  /** Where more was too large for the server. */
  #maxPartCharacters = Number.POSITIVE_INFINITY
  #cancelRetry: (() => void) | undefined

  constructor(parts: UpdateSenderParts) {
    this.#parts = parts
    this.#backoff = createBackoff(RETRY_MS, MAX_RETRY_MS, () => parts.environment.random())
  }

  /** True when the log has everything. */
  get isIdle(): boolean {
    return this.#unsent.length === 0 && this.#underWay === undefined
  }

  /** True when what waits was refused. */
  get isRefused(): boolean {
    return this.#isRefused
  }

  /** Takes an update to send; it leaves at once where nothing is under way. */
  push(update: Uint8Array): void {
    this.#unsent.push(update)
    // What is refused once may be taken with more or less, but not asked for at every key.
    if (this.#isRefused && !this.#cancelRetry) this.#retryIn(this.#backoff(this.#failures))
    this.#send()
    this.#parts.onChange()
  }

  /** Takes all that the log lacks, in the place of what waited. */
  replace(update: Uint8Array | undefined): void {
    this.#unsent = update ? [update] : []
    this.#isRefused &&= update !== undefined
    this.#parts.onChange()
  }

  /** Lets updates leave, those too that were refused; or holds them back. */
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
    // Readers have given it up: so many events came between its parts.
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
    // Too many publishes wait, of whomever: there is room when they have left.
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
