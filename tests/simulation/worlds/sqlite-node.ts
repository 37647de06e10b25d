import { join } from 'node:path'
import {
  createSqliteEngine,
  createSqliteStore,
  type HubOptions,
  RealtimeHub,
  type Store,
  silentLogger,
} from '@coterie/server'
import {
  type FakeClock,
  nameAuthenticator,
  type SeededRandom,
  type SimulatedNetwork,
  SimulatedProcess,
} from '@coterie/testing'
import { idleStore } from '../idle-store.ts'
import { SimulatedDisk } from './simulated-disk.ts'

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
  #boots = 1

  constructor(parts: SqliteNodeParts) {
    this.#parts = parts
    this.#process = new SimulatedProcess(parts.clock)
    this.disk = new SimulatedDisk(parts.random)
  }

  /** Starts a hub over the files as they are. @throws {RealtimeError} saying what is wrong with them */
  async start(): Promise<void> {
    const { random, durability, hub: options, hasStore = false, clock, onHub } = this.#parts
    const process = new SimulatedProcess(clock)
    const hub = new RealtimeHub({
      logger: silentLogger,
      authenticator: nameAuthenticator,
      ...options,
      clock: process,
      random,
      store: hasStore ? this.#createStore() : idleStore,
      engine: createSqliteEngine({
        path: join(this.disk.folder, 'engine.sqlite'),
        clock: process,
        random,
        durability,
        bootId: `boot-${this.#boots}`,
      }),
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
  kill(): void {
    this.#die()
    this.disk.killProcess()
  }

  /** Ends the machine; what was not synced may be lost. */
  cutPower(): void {
    this.#die()
    this.#boots += 1
    this.disk.cutPower()
  }

  #die(): void {
    this.#process.kill()
    if (this.hub) this.#parts.network.lose(this.hub, true)
    this.hub = undefined
  }

  #createStore(): Store {
    const { durability } = this.#parts
    return createSqliteStore({ path: join(this.disk.folder, 'store.sqlite'), durability })
  }
}
