import { RealtimeError, type Result } from '@coterie/protocol'
import type { Authenticator } from '../ports/authenticator.ts'
import type { Engine } from '../ports/engine.ts'
import type { Logger } from '../ports/logger.ts'
import type { Store } from '../ports/store.ts'
import type { FeatureHost } from './feature-host.ts'

/** Whether a hub can serve, and the reason if it cannot. */
export interface Health {
  readonly status: 'ready' | 'starting' | 'draining' | 'unavailable'
  readonly reason?: string
}

/** The parts that are opened and closed with a hub. */
export interface HubLifecycleParts {
  readonly engine: Engine
  readonly store: Store
  readonly authenticator: Pick<Authenticator, 'start'>
  readonly host: FeatureHost
  readonly logger: Logger
}

/** Opens and closes the engine, the store and the features of a hub. */
export class HubLifecycle {
  readonly #parts: HubLifecycleParts
  #started: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #isReady = false
  #isClosed = false

  constructor(parts: HubLifecycleParts) {
    this.#parts = parts
  }

  /** True once nothing can be published or read any longer. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** True as soon as closing has begun. */
  get isClosing(): boolean {
    return this.#closed !== undefined
  }

  /** Opens engine and store, then starts the features. Repeating it changes nothing. */
  start(): Promise<void> {
    this.#started ??= this.isClosing ? Promise.reject(createClosed()) : this.#start()
    return this.#started
  }

  /** @throws {RealtimeError} `unavailable` once the hub is closed */
  requireOpen(): void {
    if (this.#isClosed) throw createClosed()
  }

  /** Publishes as soon as the engine is open, or says why it cannot be opened. */
  whenStarted<T>(publish: () => Promise<Result<T>>): Promise<Result<T>> {
    if (this.#isClosed) return Promise.resolve({ ok: false, error: createClosed() })
    const started = this.start()
    if (this.#isReady) return publish()
    if (this.#parts.engine.capabilities.clustered) return started.then(publish)
    // An engine within this process starts immediately.
    return this.#orWhyNotStarted(publish(), started)
  }

  /** Tells whether the hub can serve; never throws. */
  async health(): Promise<Health> {
    if (this.#closed) return { status: 'draining' }
    if (!this.#isReady) return { status: 'starting' }
    for (const [name, part] of [
      ['engine', this.#parts.engine],
      ['store', this.#parts.store],
    ] as const) {
      try {
        await part.health()
      } catch (error) {
        const reason = `the ${name} is unavailable`
        this.#parts.logger.error({ error }, reason)
        return { status: 'unavailable', reason }
      }
    }
    return { status: 'ready' }
  }

  /** Closes all connections, then everything else. Repeating it changes nothing. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #start(): Promise<void> {
    const { engine, store, authenticator, host } = this.#parts
    const opened = engine.start(host)
    authenticator.start?.()
    await this.#opened(opened, store.start())
    await host.start(engine)
    this.#isReady = true
  }

  // When one of the two fails to open, close the other: a restart needs a new hub.
  async #opened(...parts: readonly Promise<void>[]): Promise<void> {
    const failure = (await Promise.allSettled(parts)).find(({ status }) => status === 'rejected')
    if (failure?.status !== 'rejected') return
    await Promise.allSettled([this.#parts.engine.close(), this.#parts.store.close()])
    throw failure.reason
  }

  // When the engine could not be opened, that is the reason why publishing failed.
  async #orWhyNotStarted<T>(
    published: Promise<Result<T>>,
    started: Promise<void>,
  ): Promise<Result<T>> {
    const starting = started.then(
      () => undefined,
      (reason: unknown) => ({ reason }),
    )
    const [result] = await Promise.allSettled([published])
    if (result.status === 'fulfilled' && result.value.ok) return result.value
    const failure = await starting
    if (!failure) return published
    if (failure.reason instanceof RealtimeError) return { ok: false, error: failure.reason }
    throw failure.reason
  }

  async #close(): Promise<void> {
    const { engine, store, host } = this.#parts
    await host.stop()
    // Wait until starting has finished before closing.
    await this.#started?.catch(() => {})
    await host.close()
    this.#isClosed = true
    await Promise.all([engine.close(), store.close()])
  }
}

function createClosed(): RealtimeError {
  return new RealtimeError('unavailable', 'the hub is closed; make a new one')
}
