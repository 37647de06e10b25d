import { RealtimeError } from '@coterie/protocol'
import type { Engine, EngineListener } from '../ports/engine.ts'
import type { Logger } from '../ports/logger.ts'

/** The operations of an engine for the hub. */
type Operation = Exclude<keyof Engine, 'capabilities' | 'start' | 'close'>

/** Engines that are already guarded. */
const guarded = new WeakSet<Engine>()

/**
 * Adds to an engine the promises of the port that all engines share:
 *
 * - It is opened once. After a failed start it can be started again.
 * - Calls to a clustered engine wait until it is open; an engine within this
 *   process gets them at once. Once it is closed, or could not be opened, all
 *   calls are refused with `unavailable`.
 * - Any other error becomes `unavailable` with the original as its `cause`, and
 *   is logged when an operation starts to fail.
 * - It is closed once.
 *
 * @returns the engine itself if it is already guarded
 */
export function guardEngine(engine: Engine, logger: Logger): Engine {
  if (guarded.has(engine)) return engine
  const guard = new EngineGuard(engine, logger)
  const made: Engine = {
    capabilities: engine.capabilities,
    start: (listener) => guard.start(listener),
    append: (channel, event, options) =>
      guard.run('append', () => engine.append(channel, event, options)),
    read: (channel, options) => guard.run('read', () => engine.read(channel, options)),
    release: (channel, upTo) => guard.run('release', () => engine.release(channel, upTo)),
    readPattern: (pattern, options) =>
      guard.run('readPattern', () => engine.readPattern(pattern, options)),
    change: (channel, map, changes, options) =>
      guard.run('change', () => engine.change(channel, map, changes, options)),
    entries: (channel, map) => guard.run('entries', () => engine.entries(channel, map)),
    join: (pattern) => guard.run('join', () => engine.join(pattern)),
    leave: (pattern) => guard.run('leave', () => engine.leave(pattern)),
    health: () => guard.run('health', () => engine.health()),
    close: () => guard.close(),
  }
  guarded.add(made)
  return made
}

class EngineGuard {
  readonly #engine: Engine
  readonly #logger: Logger
  /** How often each operation has failed since it last succeeded. */
  readonly #failures = new Map<Operation, number>()
  #state: 'new' | 'opening' | 'open' | 'unopened' = 'new'
  #listener: EngineListener | undefined
  #opening: Promise<void> | undefined
  #closing: Promise<void> | undefined
  /** Calls before the engine is open wait for this. */
  #ready: PromiseWithResolvers<void> | undefined

  constructor(engine: Engine, logger: Logger) {
    this.#engine = engine
    this.#logger = logger
  }

  start(listener: EngineListener): Promise<void> {
    if (this.#closing) return this.#closing.then(() => this.start(listener))
    const isStarted = this.#state === 'opening' || this.#state === 'open'
    if (isStarted && this.#listener !== listener) {
      return Promise.reject(new RealtimeError('unavailable', 'the engine is open for another hub'))
    }
    if (!isStarted) {
      this.#state = 'opening'
      this.#listener = listener
      this.#opening = this.#open(listener)
    }
    return this.#opening ?? Promise.resolve()
  }

  run<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    if (this.#state === 'open') return this.#attempt(operation, work)
    if (this.#state === 'unopened') return Promise.reject(createUnopened())
    if (!this.#engine.capabilities.clustered) return this.#attempt(operation, work)
    this.#ready ??= Promise.withResolvers()
    return this.#ready.promise.then(() => this.#attempt(operation, work))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close().finally(() => {
      this.#closing = undefined
    })
    return this.#closing
  }

  async #open(listener: EngineListener): Promise<void> {
    try {
      await this.#engine.start(listener)
    } catch (cause) {
      const error = this.#unopened(cause)
      this.#state = 'unopened'
      this.#letGo(error)
      throw error
    }
    // It was closed meanwhile.
    if (this.#state !== 'opening') return
    this.#state = 'open'
    this.#letGo()
  }

  async #close(): Promise<void> {
    const opening = this.#state === 'opening' ? this.#opening : undefined
    this.#state = 'unopened'
    this.#letGo(createUnopened())
    // The caller of `start` learns the result.
    if (opening) await opening.catch(() => {})
    await this.#engine.close()
  }

  #letGo(refusal?: RealtimeError): void {
    if (refusal) this.#ready?.reject(refusal)
    else this.#ready?.resolve()
    this.#ready = undefined
  }

  #unopened(cause: unknown): RealtimeError {
    if (cause instanceof RealtimeError) return cause
    this.#logger.error({ error: cause }, 'the engine could not be opened')
    return new RealtimeError('unavailable', 'the engine could not be opened', { cause })
  }

  #attempt<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    let done: Promise<T>
    try {
      done = work()
    } catch (error) {
      throw this.#failed(operation, error)
    }
    return done.then(
      (value) => {
        if (this.#failures.size > 0) this.#succeeded(operation)
        return value
      },
      (error: unknown) => {
        throw this.#failed(operation, error)
      },
    )
  }

  #failed(operation: Operation, error: unknown): RealtimeError {
    if (error instanceof RealtimeError) return error
    const failures = (this.#failures.get(operation) ?? 0) + 1
    this.#failures.set(operation, failures)
    // An unreachable engine fails with every event.
    if (failures === 1) this.#logger.error({ operation, error }, 'the engine failed')
    return new RealtimeError('unavailable', 'the engine failed', { cause: error })
  }

  #succeeded(operation: Operation): void {
    const failures = this.#failures.get(operation)
    if (failures === undefined) return
    this.#failures.delete(operation)
    this.#logger.info({ operation, failures }, 'the engine works again')
  }
}

function createUnopened(): RealtimeError {
  return new RealtimeError('unavailable', 'the engine is not open')
}
