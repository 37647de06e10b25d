import { formatPosition, type JsonValue, type Position } from '@coterie/protocol'
import { errorText } from '../../../core/error-text.ts'
import type { Interest } from '../../../core/interest.ts'
import { isoTime } from '../../../core/iso-time.ts'
import type { Engine, EventRecord } from '../../../ports/engine.ts'
import type { Random } from '../../../ports/random.ts'
import type { ChannelSelector, RegisteredTrigger } from '../registered-trigger.ts'
import type { DurableContext, DurableTriggerOptions } from '../trigger.ts'
import type { Run, TriggerRunner } from '../trigger-runner.ts'
import { HeldProgress } from './held-progress.ts'
import { LogFollower, noteLost } from './log-follower.ts'
import { retryPauseMs } from './retry-pause.ts'
import { Sleeper } from './sleeper.ts'
import { TriggerHold, type TriggerHoldParts } from './trigger-hold.ts'

/** How often the log is read without being woken, in ms. */
const SAFETY_POLL_MS = 10_000
const STORE_PAUSE_MS = 1_000

/** What durable triggers work with. */
export interface DurableTriggerParts extends TriggerHoldParts {
  readonly engine: Engine
  readonly interest: Interest
  readonly random: Pick<Random, 'next'>
  readonly runner: TriggerRunner
}

/** A durable trigger, as it was registered. */
export interface DurableRegistration extends RegisteredTrigger {
  readonly selector: ChannelSelector
  /** Undefined for every event. */
  readonly event: string | undefined
  readonly options: DurableTriggerOptions
}

/** The arguments of a handler for an event. */
export interface TriggeringEvent
  extends Pick<EventRecord, 'id' | 'channel' | 'event' | 'payload' | 'timestampMs'> {
  readonly from: NonNullable<EventRecord['from']>
  readonly position: Position
}

type TriggeringRecord = TriggeringEvent & { readonly sequence: Position }

/** Runs one handler for the events in a log, in their order, on one node at a time. */
export class DurableTrigger {
  readonly registration: DurableRegistration
  readonly #parts: DurableTriggerParts
  readonly #follower: LogFollower
  readonly #sleeper: Sleeper
  readonly #stop = new AbortController()
  readonly #maxAttempts: number
  /** Undefined while another node holds the trigger. */
  #held: HeldProgress | undefined
  #ended: Promise<void> | undefined

  constructor(parts: DurableTriggerParts, registration: DurableRegistration) {
    this.#parts = parts
    this.registration = registration
    const { name, selector, options, figures } = registration
    this.#maxAttempts = options.attempts ?? 10
    this.#sleeper = new Sleeper(parts.clock)
    const note = noteLost(parts.logger, name)
    this.#follower = new LogFollower(parts.engine, selector.pattern, (after, reason) => {
      figures.lost += 1
      this.#held?.forgetAttempts()
      note(after, reason)
    })
  }

  /** Starts; resolves when no later event can be missed. */
  async start(): Promise<void> {
    try {
      this.#held = await this.#take()
    } finally {
      this.#ended = this.#run()
    }
  }

  /** Reads on in the log. */
  wake(): void {
    this.#sleeper.wake()
  }

  /** Tells whether the trigger runs for an event, provided that a log holds it. */
  wants({ channel, event, from }: EventRecord): boolean {
    const { event: wanted } = this.registration
    return from !== null && (wanted === undefined || wanted === event) && !channel.startsWith('$')
  }

  /** Stops, and lets another node go on. Repeating it changes nothing. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#sleeper.wake()
    await this.#ended
  }

  /** Runs the handler for one event. */
  attempt(triggering: TriggeringEvent, attempt: number, signal?: AbortSignal): Promise<Run> {
    const { channel, event, id, from, position, timestampMs, payload } = triggering
    const context: Omit<DurableContext, 'signal' | 'publish'> = {
      event,
      channel,
      params: this.registration.selector.params(channel),
      input: JSON.parse(payload) as JsonValue,
      id,
      from,
      position: formatPosition(position),
      timestamp: isoTime(timestampMs),
      attempt,
    }
    const about = { channel, event, id, attempt }
    return this.#parts.runner.run(this.registration, context, about, signal)
  }

  async #take(): Promise<HeldProgress | undefined> {
    const { name, options, selector } = this.registration
    const { engine, interest } = this.#parts
    const isPinned = engine.capabilities.clustered
    const hold = await TriggerHold.take(this.#parts, name)
    if (!hold) return undefined
    try {
      // An engine within one process brings all events without interest.
      if (isPinned) await interest.pin(selector.pattern)
      const held = new HeldProgress(this.#parts, name, hold)
      const isNew = held.position === null && held.attempts === 0
      if (isNew && options.from !== 'start') await held.beginAfter(await this.#follower.end())
      return held
    } catch (error) {
      if (isPinned) interest.unpin(selector.pattern)
      await hold.release()
      throw error
    }
  }

  async #run(): Promise<void> {
    const { logger, engine, interest, leaseMs } = this.#parts
    const { name, selector } = this.registration
    const deaf = { isDeaf: true, signal: this.#stop.signal }
    while (!this.#isStopped) {
      try {
        this.#held ??= await this.#take()
        if (this.#held) await this.#follow(this.#held)
        else await this.#sleeper.sleep(Math.min(SAFETY_POLL_MS, leaseMs), deaf)
      } catch (error) {
        if (!this.#isStopped) {
          logger.warn({ trigger: name, error }, 'a trigger cannot continue now; trying again')
          await this.#sleeper.sleep(STORE_PAUSE_MS, deaf)
        }
      }
      if (this.#held?.hold.lost.aborted) {
        if (engine.capabilities.clustered) interest.unpin(selector.pattern)
        this.#held = undefined
      }
    }
    if (!this.#held) return
    await this.#held.saveLast()
    await this.#held.hold.release()
    if (engine.capabilities.clustered) interest.unpin(selector.pattern)
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  async #follow(held: HeldProgress): Promise<void> {
    const { hold } = held
    const onLost = (): void => this.#sleeper.wake()
    hold.lost.addEventListener('abort', onLost)
    try {
      while (!this.#isStopped && !hold.lost.aborted) {
        const { events, readTo, isEnd } = await this.#follower.read(held.position)
        for (const record of events) {
          if (this.wants(record)) await this.#handle(record as TriggeringRecord, held)
          if (this.#isStopped || hold.lost.aborted) return
        }
        held.moveTo(readTo)
        if (!isEnd) continue
        await held.saveIdle()
        await this.#sleeper.sleep(SAFETY_POLL_MS)
      }
    } finally {
      hold.lost.removeEventListener('abort', onLost)
    }
  }

  async #handle(record: TriggeringRecord, held: HeldProgress): Promise<void> {
    const { clock, random, logger } = this.#parts
    const { hold } = held
    const firstTriedAtMs = clock.now()
    while (held.attempts < this.#maxAttempts) {
      await held.beginAttempt()
      const ran = await this.attempt(record, held.attempts, this.#signal(hold))
      if (ran.ok) {
        held.moveTo(record.sequence)
        return
      }
      if (this.#isStopped) held.cancelAttempt()
      if (this.#isStopped || hold.lost.aborted) return
      const error = ran.error.cause ?? ran.error
      held.fail(error)
      const { name } = this.registration
      const about = { trigger: name, id: record.id, attempt: held.attempts, error }
      logger.warn(about, 'an event could not be handled')
      if (held.attempts >= this.#maxAttempts) break
      const pauseMs = retryPauseMs(held.attempts, random)
      await this.#sleeper.sleep(pauseMs, { isDeaf: true, signal: this.#signal(hold) })
      if (this.#isStopped || hold.lost.aborted) return
    }
    await this.#giveUp(record, held, firstTriedAtMs)
  }

  #signal(hold: TriggerHold): AbortSignal {
    return AbortSignal.any([this.#stop.signal, hold.lost])
  }

  async #giveUp(
    record: TriggeringRecord,
    held: HeldProgress,
    firstTriedAtMs: number,
  ): Promise<void> {
    const { clock, logger } = this.#parts
    const { name, figures } = this.registration
    const { id, channel, event, payload, from, timestampMs, position, sequence } = record
    const { attempts } = held
    const tried = { error: errorText(held.failure), firstTriedAtMs }
    const letter = { eventId: id, channel, event, payload, from, timestampMs, position, ...tried }
    const failed = { trigger: name, attempts, failedAtMs: clock.now() }
    if (!(await held.giveUp({ ...letter, ...failed }, sequence))) return
    figures.dead += 1
    logger.error({ trigger: name, id, channel, ...tried, attempts }, 'an event failed for good')
  }
}
