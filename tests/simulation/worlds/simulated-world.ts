import { type Client, type ClientOptions, createClient } from '@coterie/client'
import { createMemoryEngine, type HubOptions, RealtimeHub, silentLogger } from '@coterie/server'
import { type Engine, MemoryBackplane } from '@coterie/server/engine'
import {
  FakeClock,
  nameAuthenticator,
  SeededRandom,
  SimulatedEnvironment,
  SimulatedNetwork,
  SimulatedProcess,
} from '@coterie/testing'
import { idleStore } from '../idle-store.ts'

/** Longer than a hub takes to let its connections go. */
const CLOSE_MS = 3_500

/** What a world consists of. */
export interface WorldOptions {
  /** Hubs on one engine. @default 1 */
  readonly nodes?: number
  /** How long a message is on its way at most, in ms. @default 40 */
  readonly maxLatencyMs?: number
  /** Options of every hub. */
  readonly hub?: Partial<HubOptions>
  /** Puts something before the engine of a node. */
  readonly aroundEngine?: (engine: Engine, node: number) => Engine
}

/** The outside world that a client sees. */
export interface Outside {
  readonly environment: SimulatedEnvironment
  readonly process: SimulatedProcess
}

/** A client, and the outside world that it sees. */
export interface SimulatedClient extends Outside {
  readonly client: Client
}

/** Hubs on one engine in memory, a network that breaks, and clients of it. */
export class SimulatedWorld {
  readonly clock = new FakeClock()
  readonly random: SeededRandom
  readonly network: SimulatedNetwork
  backplane: MemoryBackplane
  readonly hubs: (RealtimeHub | undefined)[] = []
  readonly clients: SimulatedClient[] = []
  readonly #options: WorldOptions
  readonly #outsides: Outside[] = []

  constructor(seed: number, options: WorldOptions = {}) {
    const { nodes = 1, maxLatencyMs = 40 } = options
    const random = new SeededRandom(seed)
    this.#options = options
    this.random = random
    this.network = new SimulatedNetwork(this.clock, () => random.below(maxLatencyMs))
    this.backplane = new MemoryBackplane(this.clock, random)
    for (let node = 0; node < nodes; node += 1) this.startNode(node)
  }

  /** Starts a hub; that of an earlier life of the node has to be gone. */
  startNode(node: number): void {
    const { hub: options, aroundEngine = (engine: Engine): Engine => engine } = this.#options
    const { random, backplane } = this
    const clock = new SimulatedProcess(this.clock)
    const hub = new RealtimeHub({
      store: idleStore,
      logger: silentLogger,
      authenticator: nameAuthenticator,
      ...options,
      clock,
      random,
      engine: aroundEngine(createMemoryEngine({ clock: this.clock, random, backplane }), node),
    })
    void hub.start()
    this.hubs[node] = hub
  }

  /** The process of a node that runs. */
  processOf(node: number): SimulatedProcess | undefined {
    return this.hubs[node]?.clock as SimulatedProcess | undefined
  }

  /** Closes a hub as an operator does, and starts another in its place. */
  async restart(node: number, downMs: number = this.random.below(2_000)): Promise<void> {
    const hub = this.hubs[node]
    this.processOf(node)?.goOn()
    this.hubs[node] = undefined
    const closing = hub?.close()
    await this.clock.advance(downMs + CLOSE_MS)
    await closing
    this.startNode(node)
    await this.clock.settle()
  }

  /** Ends all hubs, and starts them over an engine that has forgotten everything. */
  async forget(downMs: number = this.random.below(2_000)): Promise<void> {
    const closing = this.hubs.map((hub) => hub?.close())
    this.hubs.fill(undefined)
    await this.clock.advance(downMs + CLOSE_MS)
    await Promise.all(closing)
    this.backplane = new MemoryBackplane(this.clock, this.random)
    for (const node of this.hubs.keys()) this.startNode(node)
    await this.clock.settle()
  }

  /** Makes the outside world of a client that connects to a node. */
  outside(node: number): Outside {
    const process = new SimulatedProcess(this.clock)
    const findHub = (): RealtimeHub | undefined => this.hubs[node]
    const environment = new SimulatedEnvironment(process, this.network, this.random, findHub)
    const outside = { environment, process }
    this.#outsides.push(outside)
    return outside
  }

  /** Opens a client in a process of its own; a token is the name of its user. */
  open(token: string | undefined, node: number, options: ClientOptions = {}): SimulatedClient {
    const outside = this.outside(node)
    const { environment } = outside
    const client = createClient({
      url: 'ws://simulated',
      ...(token !== undefined && { token }),
      transports: ['websocket'],
      ...options,
      environment,
    })
    const opened = { client, ...outside }
    this.clients.push(opened)
    return opened
  }

  /** Returns the ids of the events that a channel's log holds. */
  logOf(channel: string): string[] {
    const page = this.backplane.read(channel, { limit: 10_000 })
    return page.ok ? page.value.events.map(({ id }) => id) : []
  }

  /** Disconnects all clients and returns what their handlers threw. */
  end(): string[] {
    for (const { client } of this.clients) client.disconnect()
    return this.#outsides.flatMap(({ environment }) =>
      environment.errors.map((error) => `a handler threw ${String(error)}`),
    )
  }
}
