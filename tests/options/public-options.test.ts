import * as clientPackage from '@coterie/client'
import {
  createClient,
  createInbox,
  useBroadcast,
  useCursors,
  useInbox,
  usePresence,
  useRoom,
  useSharedState,
  WebSocketClient,
} from '@coterie/client'
import * as yjs from '@coterie/client/yjs'
import { bindYjs } from '@coterie/client/yjs'
import { createYjsProvider } from '@coterie/client/yjs/provider'
import {
  bridgeRoom,
  ChannelManager,
  createHub,
  createMemoryEngine,
  createSqliteEngine,
  createSqliteStore,
  createWebhookSender,
  HeartbeatMonitor,
  type HubOptions,
  PresenceTracker,
  RealtimeBroadcast,
  Subscriber,
  silentLogger,
  stopOnSignals,
  verifyWebhook,
} from '@coterie/server'
import { createEngine } from '@coterie/server/command'
import { createSmtpSender } from '@coterie/server/routes/smtp'
import { createPostgresStore } from '@coterie/server/stores/postgres'
import { afterAll, describe, expect, it } from 'vitest'
import { Doc } from 'yjs'
import { type OptionKind, shown, WRONG } from './wrong-values.ts'

type Make = (options: object) => unknown

/** A function or class, options that are right, and the kind of every one that it takes. */
interface Surface {
  readonly make: Make
  readonly right: Readonly<Record<string, unknown>>
  readonly options: Readonly<Record<string, OptionKind>>
}

const made: { close?(): unknown }[] = []
const SECRET = 'a secret of webhooks, which is long enough'
const keep = (value: { close?(): unknown }): void => {
  made.push(value)
}
afterAll(async () => {
  for (const each of made) await each.close?.()
})

const manager = new ChannelManager()
const hub = createHub({ engine: 'memory', logger: silentLogger })
keep(hub)
const client = createClient({ url: 'ws://localhost' })
const socketClient = new WebSocketClient({ url: 'ws://localhost' })
let channels = 0

const SURFACES: Readonly<Record<string, Surface>> = {
  createHub: {
    make: (options) => keep(createHub({ engine: 'memory', logger: silentLogger, ...options })),
    right: {},
    options: {
      prefix: 'text',
      rootPaths: 'flag',
      undeclared: 'text',
      channels: 'options',
      contracts: 'list',
      rooms: 'options',
      jwtSecret: 'text',
      allowShortSecrets: 'flag',
      jwt: 'options',
      apiKeys: 'list',
      anonymous: 'flag',
      allowedOrigins: 'list',
      limits: 'options',
      trustedProxies: 'list',
      presence: 'options',
      notifications: 'options',
      triggers: 'options',
      heartbeat: 'options',
      dataDir: 'text',
      durability: 'text',
      engine: 'means',
      store: 'means',
      senders: 'list',
      authenticator: 'means',
      clock: 'means',
      random: 'means',
      passwordHasher: 'means',
      logger: 'means',
      channelBufferSize: 'count',
    },
  },
  createMemoryEngine: {
    make: createMemoryEngine,
    right: {},
    options: { clock: 'means', random: 'means', backplane: 'means' },
  },
  createSqliteEngine: {
    make: (options) => createSqliteEngine(options as never),
    right: { path: ':memory:' },
    options: {
      path: 'text',
      durability: 'text',
      clock: 'means',
      random: 'means',
      logger: 'means',
      bootId: 'text',
    },
  },
  createSqliteStore: {
    make: (options) => createSqliteStore(options as never),
    right: { path: ':memory:' },
    options: { path: 'text', durability: 'text' },
  },
  createPostgresStore: {
    make: (options) => createPostgresStore(options as never),
    right: { url: 'postgres://localhost/coterie' },
    options: { url: 'text', maxConnections: 'count', preparesStatements: 'flag', pool: 'means' },
  },
  createWebhookSender: {
    make: (options) => createWebhookSender(options as never),
    right: { secrets: [SECRET] },
    options: { secrets: 'list', allowedHosts: 'list', resolve: 'function' },
  },
  createSmtpSender: {
    make: (options) => createSmtpSender(options as never),
    right: { url: 'smtp://localhost', from: 'noreply@example.com' },
    options: { url: 'text', from: 'text', render: 'function', transport: 'means' },
  },
  verifyWebhook: {
    make: (options) => verifyWebhook(options as never),
    right: { secrets: [SECRET], headers: {}, body: '', nowMs: 1 },
    options: { secrets: 'list', nowMs: 'span', toleranceMs: 'span' },
  },
  bridgeRoom: {
    make: (options) => bridgeRoom(hub, options as never),
    right: { roomId: '1', userId: 'ada', send() {} },
    options: { roomId: 'text', userId: 'text', send: 'function' },
  },
  'new ChannelManager': {
    make: (options) => new ChannelManager(options),
    right: {},
    options: { defaultBufferSize: 'count' },
  },
  createChannel: {
    make: (options) => {
      channels += 1
      manager.createChannel(`channel:${channels}`, options)
    },
    right: {},
    options: { bufferSize: 'count' },
  },
  'new Subscriber': {
    make: (options) => new Subscriber(options as never),
    right: { channelName: 'a', clientId: 'ada' },
    options: { bufferSize: 'count' },
  },
  'new HeartbeatMonitor': {
    make: (options) => new HeartbeatMonitor(options),
    right: {},
    options: {
      intervalSecs: 'span',
      timeoutSecs: 'span',
      maxRetries: 'count',
      sseRetryMs: 'bound',
      sendKeepalive: 'flag',
    },
  },
  'create of RealtimeBroadcast': {
    make: (options) => new RealtimeBroadcast().create('alerts', options),
    right: {},
    options: { bufferSize: 'count', policy: 'text', dedupEnabled: 'flag', dedupWindow: 'count' },
  },
  createClient: {
    make: createClient,
    right: { url: 'ws://localhost' },
    options: {
      url: 'text',
      token: 'means',
      identityStorage: 'means',
      transports: 'list',
      reconnect: 'flag',
      reconnectDelayMs: 'count',
      maxReconnectDelayMs: 'count',
      pingIntervalMs: 'count',
      pongTimeoutMs: 'count',
      connectTimeoutMs: 'count',
      replyTimeoutMs: 'count',
      maxQueuedPublishes: 'bound',
      environment: 'options',
    },
  },
  'new WebSocketClient': {
    make: (options) => new WebSocketClient(options as never),
    right: { url: 'ws://localhost' },
    options: {
      url: 'text',
      reconnect: 'flag',
      reconnectDelay: 'count',
      maxReconnectDelay: 'count',
      heartbeatInterval: 'count',
    },
  },
  'client.channel': {
    make: (options) => client.channel('room:1', options),
    right: {},
    options: { recent: 'bound', password: 'text', state: 'flag', initialState: 'options' },
  },
  useRoom: {
    make: (options) => useRoom(options as never).leave(),
    right: { client: socketClient, roomId: 'a', user: { id: 'ada' } },
    options: { client: 'means', roomId: 'text', user: 'options', password: 'text' },
  },
  usePresence: {
    make: (options) => usePresence(options as never).leave(),
    right: { client: socketClient, room: 'a', user: { id: 'ada' } },
    options: {
      client: 'means',
      room: 'text',
      user: 'options',
      initialData: 'options',
      syncInterval: 'span',
    },
  },
  useCursors: {
    make: (options) => useCursors(options as never).leave(),
    right: { client: socketClient, room: 'a', user: { id: 'ada' } },
    options: { client: 'means', room: 'text', user: 'options', throttle: 'span' },
  },
  useBroadcast: {
    make: (options) => useBroadcast(options as never).leave(),
    right: { client: socketClient, room: 'a', channel: 'b' },
    options: { client: 'means', room: 'text', channel: 'text', historySize: 'count' },
  },
  useSharedState: {
    make: (options) => useSharedState(options as never).leave(),
    right: { client: socketClient, room: 'a', initialState: {} },
    options: { client: 'means', room: 'text', initialState: 'options' },
  },
  useInbox: {
    make: (options) => keep(useInbox(options as never)),
    right: { client: socketClient },
    options: { client: 'means', pageSize: 'count', unreadOnly: 'flag' },
  },
  bindYjs: {
    make: (options) => bindYjs(options as never).destroy(),
    right: { client, channel: 'room:1', doc: new Doc() },
    options: { client: 'means', channel: 'text', doc: 'means', snapshotEvery: 'count' },
  },
  createYjsProvider: {
    make: (options) => createYjsProvider(options as never).destroy(),
    right: { client, channel: 'room:1', doc: new Doc() },
    options: {
      client: 'means',
      channel: 'text',
      doc: 'means',
      awareness: 'means',
      acceptState: 'function',
    },
  },
  createInbox: {
    make: (options) => keep(createInbox(client, options)),
    right: {},
    options: { pageSize: 'count', unreadOnly: 'flag' },
  },
}

/** What is right for an option though it is wrong for others of its kind. */
const ALLOWED: Readonly<Record<string, readonly unknown[]>> = {
  'createHub.engine': ['x'],
  'createHub.store': ['x'],
  'createClient.token': ['x'],
}

function isAllowed(name: string, option: string, value: unknown): boolean {
  const allowed = ALLOWED[`${name}.${option}`] ?? []
  if (option === 'token' && typeof value === 'function') return true
  return allowed.includes(value)
}

/** Options of a hub that hold others, each with what it holds. */
const NESTED: Readonly<Record<string, Readonly<Record<string, OptionKind>>>> = {
  limits: {
    frameBytes: 'count',
    jsonDepth: 'count',
    subscriptions: 'count',
    framesPerSecond: 'count',
    framesBurst: 'count',
    bytesPerSecond: 'bound',
    bytesBurst: 'count',
    presenceDataBytes: 'count',
    stateBytes: 'count',
    stateKeys: 'count',
    queuedBytes: 'count',
    sendTimeoutMs: 'count',
    connectionsPerUser: 'count',
    subscriptionsPerUser: 'count',
    patternsPerUser: 'count',
    recoveredEvents: 'count',
    connectionsPerAddress: 'bound',
    requestsPerSecond: 'bound',
    requestsBurst: 'count',
  },
  presence: { graceMs: 'bound', windowMs: 'bound', maxListedUsers: 'count' },
  notifications: { retentionMs: 'count' },
  triggers: { timeoutMs: 'count', maxWaiting: 'count', leaseMs: 'count' },
  jwt: {
    secrets: 'list',
    publicKeys: 'list',
    clockToleranceMs: 'bound',
    allowLoopbackHttp: 'flag',
  },
}

function failureOf(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
    return error as Error
  }
  throw new Error('nothing was thrown')
}

/** A sentence that says which option is wrong, what it was, and what would be right. */
function expectSentence({ message }: Error, option: string): void {
  expect(message).toMatch(new RegExp(`(^|[ "'.])${option}\\b`))
  expect(message).toMatch(/expected|needs?|ends with|known here/)
  expect(message).not.toMatch(
    /Cannot read|is not a function|is not iterable|undefined \(reading|\n/,
  )
  expect(message.length).toBeLessThan(500)
}

describe.each(Object.entries(SURFACES))('%s', (name, { make, right, options }) => {
  it('takes options that are right', () => {
    make(right)
  })

  it.each(Object.entries(options))('says what is wrong with %s', (option, kind) => {
    for (const value of WRONG[kind]) {
      if (isAllowed(name, option, value)) continue
      expectSentence(
        failureOf(() => make({ ...right, [option]: value })),
        option,
      )
    }
  })
})

describe.each(Object.entries(NESTED))('%s of createHub', (option, options) => {
  it.each(Object.entries(options))('says what is wrong with %s', (inner, kind) => {
    for (const value of WRONG[kind]) {
      const given = { [option]: { [inner]: value } } as HubOptions
      const failure = failureOf(() => keep(createHub({ engine: 'memory', ...given })))
      expectSentence(failure, inner)
    }
  })
})

describe('what takes no object of options', () => {
  const takers: Readonly<Record<string, (given: never) => unknown>> = {
    createHub: (given) => createHub(given),
    createMemoryEngine: (given) => createMemoryEngine(given),
    createSqliteEngine: (given) => createSqliteEngine(given),
    createSqliteStore: (given) => createSqliteStore(given),
    createPostgresStore: (given) => createPostgresStore(given),
    createWebhookSender: (given) => createWebhookSender(given),
    createSmtpSender: (given) => createSmtpSender(given),
    verifyWebhook: (given) => verifyWebhook(given),
    bridgeRoom: (given) => bridgeRoom(hub, given),
    createClient: (given) => createClient(given),
    createInbox: (given) => createInbox(client, given),
    useRoom: (given) => useRoom(given),
    usePresence: (given) => usePresence(given),
    useCursors: (given) => useCursors(given),
    useBroadcast: (given) => useBroadcast(given),
    useSharedState: (given) => useSharedState(given),
    useInbox: (given) => useInbox(given),
    bindYjs: (given) => bindYjs(given),
    createYjsProvider: (given) => createYjsProvider(given),
  }

  it.each(Object.entries(takers))('%s says so', (_, take) => {
    for (const value of WRONG.options) {
      const { message } = failureOf(() => take(value as never))
      expect([shown(value), message]).toEqual([
        shown(value),
        expect.stringMatching(/an object of options/),
      ])
    }
  })
})

it('every hook and binding has a row', () => {
  const hooks = Object.keys(clientPackage).filter((name) => /^use[A-Z]/.test(name))
  expect(Object.keys(SURFACES)).toEqual(expect.arrayContaining([...hooks, ...Object.keys(yjs)]))
})

describe('single values', () => {
  it.each(WRONG.span.map((value) => [shown(value), value]))(
    'evictStale takes no %s',
    (_, value) => {
      if (value === Number.POSITIVE_INFINITY) return
      const tracker = new PresenceTracker()
      expectSentence(
        failureOf(() => tracker.evictStale(value as number)),
        'timeoutSecs',
      )
    },
  )

  it.each<[string, readonly unknown[], object]>([
    ['port', [Number.NaN, -1, 1.5, 65_536, '8080', null], {}],
    ['host', ['', 5, null], { port: 0 }],
  ])('listen says what is wrong with %s', async (option, values, rest) => {
    for (const value of values) {
      const failure = await hub.listen({ ...rest, [option]: value }).catch((error: Error) => error)
      expectSentence(failure as Error, option)
    }
  })

  it('fetch says what it takes', async () => {
    for (const value of [
      undefined,
      null,
      'http://x',
      {},
      { url: '/', method: 'GET', headers: {} },
    ]) {
      const failure = await hub.fetch(value as never).catch((error: Error) => error)
      expect((failure as Error).message).toMatch(
        /^fetch: expected a Request of the web platform, got/,
      )
    }
  })

  it('stopOnSignals says what it takes', () => {
    const close = async () => {}
    expectSentence(
      failureOf(() => stopOnSignals(undefined as never, silentLogger)),
      'close',
    )
    expectSentence(
      failureOf(() => stopOnSignals(close, undefined as never)),
      'logger',
    )
  })

  it('a history query says what is wrong with it, by its promise', async () => {
    const channel = client.channel('room:2')
    for (const [option, values] of Object.entries({
      limit: WRONG.count,
      since: WRONG.text,
      reverse: WRONG.flag,
    })) {
      for (const value of values) {
        const query = { [option]: value }
        const failure = await channel.history(query).catch((error: Error) => error)
        expectSentence(failure as Error, option)
      }
    }
  })

  it('a publish says what is wrong with its options, by its promise', async () => {
    const channel = client.channel('room:2')
    for (const [option, values] of Object.entries({
      messageId: WRONG.text,
      key: WRONG.text,
      volatile: WRONG.flag,
      echo: WRONG.flag,
    })) {
      for (const value of values) {
        const published = channel.publish('e', 1, { [option]: value })
        expectSentence((await published.catch((error: Error) => error)) as Error, option)
      }
    }
  })

  it('an engine by its word is made of a setting', () => {
    expect(createEngine({ kind: 'memory' }).capabilities.durable).toBe(false)
    expect(socketClient.status()).toBe('disconnected')
  })
})
