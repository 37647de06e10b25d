import { join } from 'node:path'
import {
  createSqliteEngine,
  createSqliteStore,
  type HubOptions,
  RealtimeHub,
  silentLogger,
} from '@coterie/server'
import type { Engine } from '@coterie/server/engine'
import type { Store } from '@coterie/server/store'
import {
  type FakeClock,
  nameAuthenticator,
  type SeededRandom,
  type SimulatedNetwork,
  SimulatedProcess,
} from '@coterie/testing'
import { idleStore } from '../idle-store.ts'
import { type Files, SimulatedDisk } from './simulated-disk.ts'

/** Longer than a hub takes to let its connections go, in ms. */
const CLOSE_MS = 4_000

/** What a node consists of, beside its disk. */
export interface SqliteNodeParts {
  readonly clock: FakeClock
  readonly random: SeededRandom
  readonly network: SimulatedNetwork
  readonly durability: 'normal' | 'full'
  /** True keeps a store beside the engine, on the same disk. @default false */
  readonly hasStore?: boolean
  readonly hub: Partial<HubOptions>
  /** Told of every hub before it starts. */
  readonly onHub?: (hub: RealtimeHub) => void
}

/** A server over SQLite on a disk of its own, which crashes and comes back. */
export class SqliteNode {
  readonly disk: SimulatedDisk
  hub: RealtimeHub | undefined
  readonly #parts: SqliteNodeParts
  #process: SimulatedProcess
  #engine: Engine | undefined
  #store: Store | undefined
  #boots = 1

  constructor(parts: SqliteNodeParts) {
    this.#parts = parts
    this.#process = new SimulatedProcess(parts.clock)
    this.disk = new SimulatedDisk(parts.random)
  }

  /** Starts a hub on the current files. @throws {RealtimeError} saying what is wrong with them */
  async start(): Promise<void> {
    const { random, durability, hub: options, hasStore = false, clock, onHub } = this.#parts
    const process = new SimulatedProcess(clock)
    const engine = createSqliteEngine({
      path: join(this.disk.folder, 'engine.sqlite'),
      clock: process,
      random,
      durability,
      bootId: `boot-${this.#boots}`,
      logger: silentLogger,
    })
    this.#engine = engine
    this.#store = hasStore ? this.#createStore() : undefined
    const hub = new RealtimeHub({
      logger: silentLogger,
      authenticator: nameAuthenticator,
      ...options,
      clock: process,
      random,
      store: this.#store ?? idleStore,
      engine,
    })
    onHub?.(hub)
    await hub.start()
    this.#process = process
    this.hub = hub
  }

  /** Closes the hub as an operator does. */
  async close(): Promise<void> {
    const closing = this.hub?.close()
    this.hub = undefined
    await this.#parts.clock.advance(CLOSE_MS)
    await closing
  }

  /** Ends the process in the middle of whatever it does; the system goes on. */
  async kill(): Promise<void> {
    const { synced } = this.disk
    await this.#die(this.disk.copy(), false)
    this.disk.forget(synced)
  }

  /** Ends the machine; what was not synced may be lost. */
  async cutPower(): Promise<void> {
    this.#boots += 1
    await this.#die(this.disk.copyAfterPowerCut(), true)
  }

  // What holds files open lets them go, and then they are again what they were at the end.
  async #die(files: Files, isSynced: boolean): Promise<void> {
    this.#process.kill()
    if (this.hub) this.#parts.network.lose(this.hub, true)
    this.hub = undefined
    await Promise.allSettled([this.#engine?.close(), this.#store?.close()])
    this.disk.write(files, isSynced)
  }

  #createStore(): Store {
    const { durability } = this.#parts
    return createSqliteStore({ path: join(this.disk.folder, 'store.sqlite'), durability })
  }
}
