import { ok, refuse, type UserId } from '@coterie/protocol'
import {
  type Authenticator,
  createMemoryEngine,
  createSqliteStore,
  type HubOptions,
  type PasswordHasher,
  type Principal,
  RealtimeHub,
  type StorageOptions,
} from '@coterie/server'
import { type Engine, MemoryBackplane } from '@coterie/server/engine'
import type { Store } from '@coterie/server/store'
import { FakeClock } from './fake-clock.ts'
import { SeededRandom } from './seeded-random.ts'
import { shareStore } from './share-store.ts'
import { SimulatedNetwork } from './simulated-network.ts'
import { TestUser } from './test-user.ts'

/** The options of a simulated world. */
export interface TestHubOptions<Name extends string>
  extends Omit<HubOptions, 'clock' | 'random' | keyof StorageOptions> {
  /** @default an engine in memory for each node, all of which share one backplane */
  readonly engine?: Engine
  /** @default a store in memory */
  readonly store?: Store
  /** Users to connect; user i is on node i modulo `nodes`. */
  readonly users?: readonly Name[]
  /** Hubs that share one engine. @default 1 */
  readonly nodes?: number
  /** @default 1 */
  readonly seed?: number
  readonly clock?: FakeClock
}

/**
 * Connects a user, another tab of a user, or for undefined an anonymous client.
 *
 * @param principal more fields of the user's principal than the name
 */
export type ConnectUser = (
  name: string | undefined,
  node?: number,
  principal?: Principal,
) => Promise<TestUser>

/** A simulated world: hubs, a network, a clock, and the users by their names. */
export type TestHub<Name extends string> = Readonly<Record<Name, TestUser>> & {
  readonly clock: FakeClock
  readonly network: SimulatedNetwork
  readonly hub: RealtimeHub
  readonly hubs: readonly RealtimeHub[]
  readonly connect: ConnectUser
}

/**
 * Makes a simulated world around real hubs.
 *
 * Channels `room:*` have history and presence unless `channels` says
 * otherwise. A token is the name of its user.
 *
 * @example
 * ```ts
 * const { ada, bob } = await createTestHub({ users: ['ada', 'bob'] })
 * ```
 */
export async function createTestHub<Name extends string = never>({
  users = [],
  nodes = 1,
  seed = 1,
  clock = new FakeClock(),
  ...options
}: TestHubOptions<Name> = {}): Promise<TestHub<Name>> {
  const random = new SeededRandom(seed)
  const network = new SimulatedNetwork(clock)
  const backplane = new MemoryBackplane(clock, random)
  const { store = createSqliteStore({ path: ':memory:' }) } = options
  const sharedStore = shareStore(store, nodes)
  const hubs = Array.from(
    { length: nodes },
    () =>
      new RealtimeHub({
        channels: { 'room:*': { history: true, presence: true } },
        authenticator: nameAuthenticator,
        passwordHasher: plainHasher,
        engine: createMemoryEngine({ clock, random, backplane }),
        ...options,
        store: sharedStore,
        clock,
        random,
      }),
  )
  await Promise.all(hubs.map((hub) => hub.start()))

  const connect: ConnectUser = (
    name,
    node = 0,
    principal = name === undefined ? undefined : testPrincipal(name),
  ) => new TestUser(clock, network, hubs[node] as RealtimeHub, principal).connect()
  const connected = {} as Record<Name, TestUser>
  for (const [index, name] of users.entries()) {
    connected[name] = await connect(name, index % nodes)
  }
  return { ...connected, clock, network, hub: hubs[0] as RealtimeHub, hubs, connect }
}

// Real hashing takes real time, which does not pass in a simulated world.
const plainHasher: PasswordHasher = {
  hash: async (password) => `plain:${password}`,
  verify: async (password, hash) => hash === `plain:${password}`,
}

/** Makes the principal of a user who has only a name. */
export function testPrincipal(name: string, more: Partial<Principal> = {}): Principal {
  return {
    userId: name as UserId,
    isAnonymous: false,
    tenant: undefined,
    grants: [],
    profile: undefined,
    expiresAtMs: undefined,
    ...more,
  }
}

/** Takes a token as the name of its user; refuses the token `wrong`. */
export const nameAuthenticator: Authenticator = {
  authenticate: async (token) =>
    token === 'wrong' ? refuse('unauthorized', 'the token is not valid') : ok(testPrincipal(token)),
}
