import type { Position } from '@coterie/protocol'
import type {
  AppendOptions,
  ChangeOptions,
  Engine,
  EngineListener,
  KeyChange,
  NewEvent,
  ReadOptions,
} from '../../ports/engine.ts'
import { MEMORY_LEASE_MS, type MemoryBackplane } from './memory-backplane.ts'

/** One node of a shared backplane: keeps everything in memory. */
export class MemoryEngine implements Engine {
  readonly capabilities = {
    durable: false,
    clustered: false,
    sequenced: true,
    leaseMs: MEMORY_LEASE_MS,
  }
  readonly #backplane: MemoryBackplane
  readonly #node: string
  readonly #joined = new Set<string>()
  #listener: EngineListener | undefined

  /** @param node its id among the nodes of the backplane */
  constructor(backplane: MemoryBackplane, node: string) {
    this.#backplane = backplane
    this.#node = node
  }

  async start(listener: EngineListener): Promise<void> {
    this.#listener = listener
    this.#backplane.attach(listener)
  }

  async append(channel: string, event: NewEvent, options: AppendOptions) {
    return this.#backplane.append(channel, event, options)
  }

  async release(channel: string, upTo: Position) {
    this.#backplane.release(channel, upTo)
  }

  async read(channel: string, options: ReadOptions) {
    return this.#backplane.read(channel, options)
  }

  async readPattern(pattern: string, options: ReadOptions) {
    return this.#backplane.readPattern(pattern, options)
  }

  async change(
    channel: string,
    map: string,
    changes: readonly KeyChange[],
    options: ChangeOptions,
  ) {
    return this.#backplane.change(channel, map, changes, options, this.#node)
  }

  async entries(channel: string, map: string) {
    return this.#backplane.entries(channel, map)
  }

  // One process receives all of its events: joining only keeps empty logs from being deleted.
  async join(pattern: string): Promise<void> {
    if (!this.#joined.has(pattern)) this.#backplane.join(pattern)
    this.#joined.add(pattern)
  }

  async leave(pattern: string): Promise<void> {
    if (this.#joined.delete(pattern)) this.#backplane.leave(pattern)
  }

  async health(): Promise<void> {}

  async close(): Promise<void> {
    if (this.#listener) this.#backplane.detach(this.#listener, this.#node)
    for (const pattern of this.#joined) this.#backplane.leave(pattern)
    this.#joined.clear()
    this.#listener = undefined
  }
}
