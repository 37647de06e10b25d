import { formatPosition, type JsonValue, type Position } from '@coterie/protocol'
import { errorText } from '../../../core/error-text.ts'
import type { Interest } from '../../../core/interest.ts'
import { isoTime } from '../../../core/iso-time.ts'
import type { Engine, EventRecord } from '../../../ports/engine.ts'
import type { Random } from '../../../ports/random.ts'
import type { NewDeadLetter } from '../../../ports/trigger-repository.ts'
import type { ChannelSelector, RegisteredTrigger } from '../registered-trigger.ts'
import type { DurableContext, DurableTriggerOptions } from '../trigger.ts'
import type { Run, TriggerRunner } from '../trigger-runner.ts'
import { LogFollower, noteLost } from './log-follower.ts'
import { retryPauseMs } from './retry-pause.ts'
import { Sleeper } from './sleeper.ts'
import { TriggerHold, type TriggerHoldParts } from './trigger-hold.ts'

/** Looks even so, for what nobody told of, in ms. */
const SAFETY_POLL_MS = 10_000
const STORE_PAUSE_MS = 1_000
/** Progress past events of other kinds is noted no more often, in ms. */
const IDLE_SAVE_MS = 5_000
/** Why an event failed of which no attempt has ended here. */
const DIED = 'the process ended during the last attempt'

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

/** What a handler is told of an event. */
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
  #hold: TriggerHold | undefined
  #position: Position | null = null
  /** Attempts that were begun for the event after `#position`. */
  #attempts = 0
  /** Why the last attempt for that event failed. */
  #failure: unknown = DIED
  #savedAtMs = 0
  #isSaved = true
  #hasHandled = false
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
      // They were made for an event that may be gone.
      this.#attempts = 0
      note(after, reason)
    })
  }

  /** Begins; resolves when nothing that is published from now on can be missed. */
  async start(): Promise<void> {
    let first: TriggerHold | undefined
    try {
      first = await this.#take()
    } finally {
      this.#ended = this.#run(first)
    }
  }

  /** Looks for what is in the log. */
  wake(): void {
    this.#sleeper.wake()
  }

  /** Tells whether an event is one that it runs for, were it in a log. */
  wants({ channel, event, from }: EventRecord): boolean {
    const { event: wanted } = this.registration
    return from !== null && (wanted === undefined || wanted === event) && !channel.startsWith('$')
  }

  /** Ends what it waits for, and lets another node go on. Repeating it changes nothing. */
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

  async #take(): Promise<TriggerHold | undefined> {
    const { name, options, selector } = this.registration
    const { engine, interest } = this.#parts
    const isPinned = engine.capabilities.clustered
    const hold = await TriggerHold.take(this.#parts, name)
    if (!hold) return undefined
    try {
      // An engine within one process brings everything to everybody.
      if (isPinned) await interest.pin(selector.pattern)
      const { position, attempts } = hold.progress
      this.#hold = hold
      this.#position = position
      this.#attempts = attempts
      this.#failure = DIED
      this.#isSaved = true
      if (position === null && attempts === 0 && options.from !== 'start') {
        this.#position = await this.#follower.end()
        await this.#save(0)
      }
      return hold
    } catch (error) {
      if (isPinned) interest.unpin(selector.pattern)
      await hold.release()
      throw error
    }
  }

  async #run(first: TriggerHold | undefined): Promise<void> {
    const { logger, engine, interest, leaseMs } = this.#parts
    const { name, selector } = this.registration
    const deaf = { isDeaf: true, signal: this.#stop.signal }
    let hold = first
    while (!this.#isStopped) {
      try {
        hold ??= await this.#take()
        if (hold) await this.#follow(hold)
        else await this.#sleeper.sleep(Math.min(SAFETY_POLL_MS, leaseMs), deaf)
      } catch (error) {
        if (!this.#isStopped) {
          logger.warn({ trigger: name, error }, 'a trigger cannot go on now; trying again')
          await this.#sleeper.sleep(STORE_PAUSE_MS, deaf)
        }
      }
      if (hold?.lost.aborted) {
        if (engine.capabilities.clustered) interest.unpin(selector.pattern)
        hold = undefined
      }
    }
    if (!hold) return
    await this.#saveLast()
    await hold.release()
    if (engine.capabilities.clustered) interest.unpin(selector.pattern)
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  async #follow(hold: TriggerHold): Promise<void> {
    const onLost = (): void => this.#sleeper.wake()
    hold.lost.addEventListener('abort', onLost)
    try {
      while (!this.#isStopped && !hold.lost.aborted) {
        const { events, readTo, isEnd } = await this.#follower.read(this.#position)
        for (const record of events) {
          if (this.wants(record)) await this.#handle(record as TriggeringRecord, hold)
          if (this.#isStopped || hold.lost.aborted) return
        }
        this.#moveTo(readTo)
        if (!isEnd) continue
        await this.#saveIdle()
        await this.#sleeper.sleep(SAFETY_POLL_MS)
      }
    } finally {
      hold.lost.removeEventListener('abort', onLost)
    }
  }

  async #handle(record: TriggeringRecord, hold: TriggerHold): Promise<void> {
    const { clock, random, logger } = this.#parts
    const firstTriedAtMs = clock.now()
    while (this.#attempts < this.#maxAttempts) {
      // Noted before: an event that ends the process is not tried for ever.
      await this.#save(this.#attempts + 1)
      const ran = await this.attempt(record, this.#attempts, this.#signal(hold))
      if (ran.ok) {
        this.#moveTo(record.sequence)
        return
      }
      if (this.#isStopped) this.#attempts -= 1
      if (this.#isStopped || hold.lost.aborted) return
      this.#failure = ran.error.cause ?? ran.error
      const { name } = this.registration
      const about = { trigger: name, id: record.id, attempt: this.#attempts, error: this.#failure }
      logger.warn(about, 'an event could not be handled')
      if (this.#attempts >= this.#maxAttempts) break
      const pauseMs = retryPauseMs(this.#attempts, random)
      await this.#sleeper.sleep(pauseMs, { isDeaf: true, signal: this.#signal(hold) })
      if (this.#isStopped || hold.lost.aborted) return
    }
    await this.#bury(record, { error: errorText(this.#failure), firstTriedAtMs })
  }

  #signal(hold: TriggerHold): AbortSignal {
    return AbortSignal.any([this.#stop.signal, hold.lost])
  }

  async #bury(
    record: TriggeringRecord,
    tried: Pick<NewDeadLetter, 'error' | 'firstTriedAtMs'>,
  ): Promise<void> {
    const { repository, node, clock, logger } = this.#parts
    const { name, figures } = this.registration
    const { id, channel, event, payload, from, timestampMs, position, sequence } = record
    const letter = { eventId: id, channel, event, payload, from, timestampMs, position, ...tried }
    const attempts = this.#attempts
    const isBuried = await repository.bury(
      { ...letter, trigger: name, attempts, failedAtMs: clock.now() },
      node,
      { position: sequence, attempts: 0 },
    )
    if (!isBuried) {
      this.#hold?.lose()
      return
    }
    figures.dead += 1
    this.#moveTo(sequence)
    this.#isSaved = true
    logger.error({ trigger: name, id, channel, ...tried, attempts }, 'an event was given up')
  }

  #moveTo(position: Position): void {
    if (this.#position?.epoch === position.epoch && this.#position.offset === position.offset) {
      return
    }
    this.#position = position
    this.#attempts = 0
    this.#failure = DIED
    this.#isSaved = false
  }

  // What was handled is noted at once; what only went by, now and then.
  async #saveIdle(): Promise<void> {
    const { clock } = this.#parts
    if (this.#isSaved) return
    const isDue = clock.elapsed() - this.#savedAtMs >= IDLE_SAVE_MS
    if (isDue || this.#hasHandled) await this.#save(0)
  }

  async #saveLast(): Promise<void> {
    if (this.#hold?.lost.aborted) return
    try {
      await this.#save(this.#attempts)
    } catch (error) {
      const { name } = this.registration
      this.#parts.logger.warn({ trigger: name, error }, 'an event may be handled once more')
    }
  }

  async #save(attempts: number): Promise<void> {
    const { repository, node, clock } = this.#parts
    const progress = { position: this.#position, attempts }
    const isSaved = await repository.save(this.registration.name, node, progress)
    if (!isSaved) {
      this.#hold?.lose()
      throw new Error('another node has the trigger')
    }
    this.#attempts = attempts
    this.#isSaved = true
    this.#hasHandled = attempts > 0
    this.#savedAtMs = clock.elapsed()
  }
}
