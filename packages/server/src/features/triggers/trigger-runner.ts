import { type JsonValue, ok, RealtimeError, type Result, refuse } from '@coterie/protocol'
import type { Published, ServerPublisher } from '../../core/server-publisher.ts'
import { jsonTextOf } from '../../core/write-json.ts'
import type { Clock } from '../../ports/clock.ts'
import type { JsonText } from '../../ports/engine.ts'
import type { Logger } from '../../ports/logger.ts'
import type { RegisteredTrigger } from './registered-trigger.ts'
import type { TriggerContext, TriggerHandler } from './trigger.ts'

/** What a runner works with. */
export interface TriggerRunnerParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly serverPublisher: Pick<ServerPublisher, 'publish'>
}

/** How a run has ended; a failure that clients may not know has its `cause`. */
export type Run = Result<JsonValue | undefined>

/** Runs one handler at a time: within its time, counted, and failing for itself alone. */
export class TriggerRunner {
  readonly #parts: TriggerRunnerParts

  constructor(parts: TriggerRunnerParts) {
    this.#parts = parts
  }

  /**
   * Runs a handler. Never rejects.
   *
   * @param context what it is given beside what every handler is
   * @param about what the log is told where it fails
   * @param stop ends it before its time
   */
  async run(
    trigger: RegisteredTrigger,
    context: object,
    about: Readonly<Record<string, unknown>>,
    stop?: AbortSignal,
  ): Promise<Run> {
    const { clock } = this.#parts
    const { figures, timeoutMs } = trigger
    const startedMs = clock.elapsed()
    const ending = new AbortController()
    const ended = Promise.withResolvers<Run>()
    const end = (error: RealtimeError): void => {
      ending.abort(error)
      ended.resolve({ ok: false, error })
    }
    const overdue = new RealtimeError('timeout', `the server took longer than ${timeoutMs} ms`)
    const cancelTimer = clock.setTimer(() => {
      figures.timeouts += 1
      this.#parts.logger.warn({ trigger: trigger.name, ...about }, 'a trigger took too long')
      end(overdue)
    }, timeoutMs)
    const onStop = (): void => end(new RealtimeError('unavailable', 'the server is leaving'))
    stop?.addEventListener('abort', onStop)
    if (stop?.aborted) onStop()
    const work = this.#work(trigger, context, about, ending.signal)
    // Later results are dropped.
    const run = await Promise.race([work, ended.promise])
    cancelTimer()
    stop?.removeEventListener('abort', onStop)
    const tookMs = clock.elapsed() - startedMs
    figures.runs += 1
    figures.totalMs += tookMs
    figures.longestMs = Math.max(figures.longestMs, tookMs)
    return run
  }

  async #work(
    { handler, name, figures }: RegisteredTrigger,
    context: object,
    about: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<Run> {
    const publishing: Promise<unknown>[] = []
    const unpublished: unknown[] = []
    const given: TriggerContext = {
      ...context,
      signal,
      publish: (channel, event, payload, options = {}) => {
        const published = this.#publish(signal, [channel, event, payload as JsonValue, options])
        // A handler may not await it, and then its failure would go unnoticed.
        publishing.push(published.catch((error: unknown) => unpublished.push(error)))
        return published
      },
    }
    try {
      const answered = await (handler as TriggerHandler<TriggerContext>)(given)
      await Promise.all(publishing)
      for (const error of unpublished) {
        this.#parts.logger.warn({ trigger: name, ...about, error }, 'a trigger could not publish')
      }
      if (answered instanceof RealtimeError) throw answered
      if (answered !== undefined) requireJson(answered)
      return ok(answered as JsonValue | undefined)
    } catch (error) {
      if (signal.aborted) {
        return refuse('timeout', 'the handler ended too late', { cause: error })
      }
      if (error instanceof RealtimeError) {
        figures.refusals += 1
        return { ok: false, error }
      }
      figures.failures += 1
      this.#parts.logger.error({ trigger: name, ...about, error }, 'a trigger failed')
      const hidden = 'the server could not do this now'
      return { ok: false, error: new RealtimeError('internal', hidden, { cause: error }) }
    }
  }

  async #publish(
    signal: AbortSignal,
    given: Parameters<ServerPublisher['publish']>,
  ): Promise<Published> {
    signal.throwIfAborted()
    const published = await this.#parts.serverPublisher.publish(...given)
    if (!published.ok) throw published.error
    return published.value
  }
}

/** @throws {TypeError} for what JSON cannot carry */
export function requireJson(value: unknown): JsonText {
  const text = jsonTextOf('answer', value)
  if (!text.ok)
    throw new TypeError(`a trigger returned what JSON cannot carry: ${text.error.message}`)
  return text.value
}
