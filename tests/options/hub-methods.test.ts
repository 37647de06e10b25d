import { createHub, silentLogger } from '@coterie/server'
import { afterAll, describe, expect, it } from 'vitest'
import { shown, WRONG } from './wrong-values.ts'

/** What an argument is: of a kind that must be given, one that may be left out, or for the method to judge. */
type Kind = 'text' | 'texts' | 'number' | 'callback' | 'object' | 'any'
type Argument = Kind | `${Exclude<Kind, 'any'>}?` | 'flag?'
/** By name; fields of arguments that are objects by `argument.field`. */
type Arguments = Readonly<Record<string, Argument>>
type Methods = Readonly<Record<string, Arguments>>

const hub = createHub({
  engine: 'memory',
  logger: silentLogger,
  channels: { 'room:*': { history: true, presence: true, state: { persist: true } } },
})
afterAll(() => hub.close())
hub.createChannel('made')

const CLIENT: Arguments = { channel: 'text', clientId: 'text' }
const NAMED: Arguments = { name: 'text' }
const BY_ID: Arguments = { id: 'text' }
const BY_USER: Arguments = { userId: 'text' }
const CREATED: Arguments = { request: 'object', principal: 'object?' }
const PREFERRED: Arguments = { userId: 'text', preferences: 'object', principal: 'object?' }
const WATCHED: Arguments = { client: 'text' }
const SESSION: Arguments = { session: 'text' }

/** Every method of a hub and its services, with its arguments in their order. */
const TABLE = {
  hub: {
    listen: { options: 'any' },
    attach: { server: 'any' },
    fetch: { request: 'any' },
    start: {},
    close: {},
    health: {},
    figures: {},
    triggerFigures: {},
    connect: { transport: 'object', principal: 'object?', notAnonymous: 'object?' },
    receive: { session: 'text', messages: 'texts' },
    hasStream: SESSION,
    countRefusedBytes: { session: 'text', bytes: 'number' },
    principalOf: SESSION,
    ownerOf: SESSION,
    maySubscribe: { principal: 'object', channel: 'text' },
    recheck: { principal: 'object' },
    revoke: { target: 'object', options: 'object?', 'options.reason': 'text?' },
    join: { channel: 'text', clientId: 'text', metadata: 'object?' },
    leave: CLIENT,
    disconnect: { clientId: 'text' },
    publish: {
      channel: 'text',
      event: 'text',
      payload: 'any',
      options: 'object?',
      'options.messageId': 'text?',
      'options.volatile': 'flag?',
      'options.excludeConnection': 'text?',
      'options.exclude': 'texts?',
    },
    realtimeEvent: { event: 'object', 'event.channel': 'text', 'event.event': 'text' },
    publishJsonText: {
      channel: 'text',
      event: 'text',
      json: 'text',
      options: 'object?',
      'options.volatile': 'flag?',
    },
    publishJson: { channel: 'text', value: 'any' },
    onMessage: { handler: 'any' },
    createChannel: { name: 'text', options: 'object?' },
    removeChannel: NAMED,
    getPresence: { channel: 'text' },
    getPresenceDiff: { channel: 'text' },
  },
  channels: {
    createChannel: { name: 'text', options: 'object?' },
    removeChannel: NAMED,
    hasChannel: NAMED,
    listChannels: {},
    getMetadata: NAMED,
    getSubscribers: NAMED,
    subscribe: { name: 'text', clientId: 'text' },
    unsubscribe: CLIENT,
    subscribeAsync: {
      channel: 'text',
      clientId: 'text',
      callback: 'callback',
      options: 'object?',
    },
    publish: { name: 'text', message: 'text' },
    publishJson: { name: 'text', value: 'any' },
    publishToTopic: { pattern: 'text', message: 'text' },
    getStats: NAMED,
  },
  presence: {
    track: { name: 'text', clientId: 'text', metadata: 'object?' },
    untrack: { name: 'text', clientId: 'text' },
    untrackAll: { clientId: 'text' },
    update: { name: 'text', clientId: 'text', metadata: 'object' },
    touch: CLIENT,
    list: { channel: 'text' },
    get: CLIENT,
    count: { channel: 'text' },
    flushDiff: { channel: 'text', consumer: 'text?' },
    endDiff: { channel: 'text', consumer: 'text?' },
    evictStale: { timeoutSecs: 'any' },
    listAsDicts: { channel: 'text' },
    diffAsDict: { channel: 'text', consumer: 'text?' },
    trackHere: { channel: 'text', clientId: 'text', metadata: 'object' },
    untrackHere: CLIENT,
  },
  broadcast: {
    create: { name: 'text', config: 'object?' },
    remove: NAMED,
    subscribe: NAMED,
    unsubscribe: { subscriber: 'object', 'subscriber.channelName': 'text' },
    send: { name: 'text', message: 'text', messageId: 'text?' },
    sendJson: { name: 'text', value: 'any', messageId: 'text?' },
    sendMany: { names: 'texts', message: 'text', messageId: 'text?' },
    stats: NAMED,
    globalStats: {},
  },
  heartbeat: {
    register: { client: 'text', lastEventId: 'any' },
    unregister: WATCHED,
    has: WATCHED,
    ping: WATCHED,
    pong: WATCHED,
    isAlive: WATCHED,
    checkTimeouts: {},
    getDeadClients: {},
    evictDead: {},
    setLastEventId: { client: 'text', id: 'text' },
    getLastEventId: WATCHED,
    sseKeepaliveComment: {},
    sseRetryField: {},
    sseHeartbeatEvent: {},
    makeSseEvent: { data: 'text', event: 'text?', id: 'text?' },
    runHeartbeatLoop: { loop: 'object?', 'loop.onPing': 'callback?', 'loop.onDead': 'callback?' },
    stats: {},
    clientInfo: {},
  },
  channelReader: {
    list: { reader: 'object?' },
    page: {
      request: 'object',
      'request.after': 'text?',
      'request.limit': 'number',
      reader: 'object?',
    },
    describe: { name: 'text', reader: 'object?' },
    history: {
      name: 'text',
      request: 'object',
      'request.since': 'text?',
      'request.limit': 'number',
      reader: 'object?',
    },
  },
  connections: {
    list: {
      query: 'object?',
      'query.userId': 'text?',
      'query.channel': 'text?',
      'query.after': 'text?',
    },
    find: BY_ID,
    disconnect: { id: 'text', reason: 'text?' },
    disconnectUser: { userId: 'text', reason: 'text?' },
  },
  deadLetters: {
    list: { query: 'object?', 'query.trigger': 'text?', 'query.before': 'number?' },
    replay: { id: 'number' },
    discard: { id: 'number' },
  },
  ephemeral: {
    publishTyping: {
      room: 'text',
      user: 'text',
      isTyping: 'flag?',
      data: 'any',
      source: 'text?',
    },
    publishPresence: { room: 'text', user: 'text', status: 'text' },
    publishReadReceipt: { room: 'text', user: 'text', eventId: 'any' },
    publishReaction: { room: 'text', user: 'text', data: 'any' },
    publishCustom: { room: 'text', user: 'text', data: 'any' },
    subscribeRoom: { room: 'text', callback: 'callback' },
    unsubscribeRoom: BY_ID,
    readMarks: { channel: 'text' },
    readMarksFor: { name: 'text', reader: 'object?' },
    createSource: {},
    left: { channel: 'text', user: 'text' },
    receive: { record: 'object' },
    close: {},
  },
  notifications: {
    create: { request: 'object' },
    createNotification: { request: 'object' },
    find: { id: 'text', userId: 'text?' },
    list: {
      query: 'object',
      'query.userId': 'text',
      'query.status': 'text?',
      'query.isUnread': 'flag?',
      'query.cursor': 'text?',
    },
    recipients: { id: 'text', query: 'object?', 'query.cursor': 'text?' },
    unreadCount: BY_USER,
    markRead: { id: 'text', userId: 'text', shown: 'text?' },
    markAllRead: { userId: 'text', options: 'object?' },
    acknowledge: { userId: 'text', ids: 'texts' },
    cancel: BY_ID,
    preferences: BY_USER,
    setPreferences: PREFERRED,
    changePreferences: PREFERRED,
    deliveries: { query: 'object', 'query.limit': 'number?' },
    retryDelivery: { id: 'number' },
  },
  presenceReader: {
    read: {
      name: 'text',
      page: 'object',
      'page.after': 'text?',
      'page.limit': 'number',
      reader: 'object?',
    },
  },
  revocations: {
    revoke: { target: 'object', options: 'object?', 'options.reason': 'text?' },
    lift: { target: 'object', 'target.userId': 'text?', 'target.tokenId': 'text?' },
    list: { query: 'object?', 'query.after': 'text?' },
  },
  rooms: {
    create: { id: 'text', settings: 'object?', 'settings.persist': 'flag?' },
    update: { id: 'text', settings: 'object', 'settings.persist': 'flag?' },
    remove: BY_ID,
    list: {},
    find: BY_ID,
    kick: { id: 'text', userId: 'text', options: 'object?', 'options.reason': 'text?' },
    ban: { id: 'text', userId: 'text', options: 'object?', 'options.reason': 'text?' },
    unban: { id: 'text', userId: 'text' },
    bans: BY_ID,
  },
  sse: {
    createEvent: { request: 'object' },
    sendEvent: { connectionId: 'text', event: 'object' },
    broadcastEvent: {
      event: 'object',
      recipients: 'object?',
      'recipients.recipients': 'texts?',
      'recipients.exclude': 'texts?',
    },
  },
  state: {
    read: { channel: 'text' },
    readText: { name: 'text', reader: 'object?' },
    change: { name: 'text', change: 'object', options: 'object?' },
  },
  subscriptions: {
    createResourceSubscription: CREATED,
    createResourceTypeSubscription: CREATED,
    createTopicSubscription: CREATED,
    createQuerySubscription: CREATED,
    find: { id: 'text', principal: 'object?' },
    list: {
      query: 'object',
      'query.userId': 'text',
      'query.label': 'text?',
      'query.cursor': 'text?',
      principal: 'object?',
    },
    updateStatus: { id: 'text', status: 'text', principal: 'object?' },
    addLabel: { id: 'text', label: 'text', principal: 'object?' },
    delete: { id: 'text', principal: 'object?' },
    emit: { event: 'object' },
  },
  webSockets: {
    sendMessage: { connectionId: 'text', type: 'text', payload: 'any' },
    broadcastMessage: { type: 'text', payload: 'any' },
  },
} as const satisfies Readonly<Record<string, Methods>>

/** Methods that only the parts of a hub call. */
const INTERNAL: ReadonlySet<string> = new Set([
  ...['hub.onLeft', 'hub.forgetChannel', 'presence.stale'],
  ...['channels.deliver', 'channels.matching', 'channels.subscribersOf', 'channels.enqueueOnce'],
])
/** What a hub is made of, and `trigger`, which has tests of its own. */
const PARTS: ReadonlySet<string> = new Set([
  ...['config', 'clock', 'logger', 'limits', 'traffic', 'authenticator', 'trigger', 'turns'],
])

const RIGHT: Readonly<Record<string, unknown>> = {
  text: 'made',
  texts: [],
  number: 1,
  callback: () => {},
  flag: true,
  object: {},
  any: 1,
}
const WRONG_BY_KIND: Readonly<Record<string, readonly unknown[]>> = {
  text: WRONG.text,
  texts: WRONG.list,
  number: WRONG.count.filter((value) => typeof value !== 'number' || !Number.isSafeInteger(value)),
  callback: WRONG.function,
  flag: WRONG.flag,
  object: WRONG.options,
  any: [undefined, null, 5, 'x', {}, [], () => {}],
}
const RAW = /Cannot |is not a function|is not iterable|undefined \(reading|\n/

function serviceOf(name: string): object {
  return name === 'hub' ? hub : (Reflect.get(hub, name) as object)
}

function methodsOf(service: object): string[] {
  const names = new Set<string>()
  let prototype = Reflect.getPrototypeOf(service)
  while (prototype && prototype !== Object.prototype) {
    const members = Object.entries(Object.getOwnPropertyDescriptors(prototype))
    for (const [name, { value }] of members) {
      if (name !== 'constructor' && typeof value === 'function') names.add(name)
    }
    prototype = Reflect.getPrototypeOf(prototype)
  }
  return [...names]
}

/** Calls a method and returns the message of its refusal; undefined where it refuses nothing. */
async function refusalOf(
  service: object,
  method: string,
  given: readonly unknown[],
): Promise<string | undefined> {
  try {
    const call = Reflect.get(service, method) as (...args: readonly unknown[]) => unknown
    const returned = call.apply(service, [...given])
    const result = (await returned) as { ok?: boolean; error?: Error } | undefined
    return result?.ok === false ? result.error?.message : undefined
  } catch (error) {
    return (error as Error).message
  }
}

function argumentsWith(kinds: Arguments, wrong: string, value: unknown): unknown[] {
  const [argument = '', field] = wrong.split('.')
  const given: unknown[] = []
  for (const name of Object.keys(kinds)) {
    if (name.includes('.')) continue
    if (name !== argument) given.push(rightFor(kinds, name))
    else given.push(field === undefined ? value : { ...rightFields(kinds, name), [field]: value })
  }
  return given
}

function rightFor(kinds: Arguments, name: string): unknown {
  const kind = kinds[name] ?? 'any'
  if (kind.endsWith('?')) return undefined
  if (name === 'json') return '1'
  return kind === 'object' ? rightFields(kinds, name) : RIGHT[kind]
}

function rightFields(kinds: Arguments, argument: string): object {
  const fields = Object.entries(kinds)
    .filter(([name, kind]) => name.startsWith(`${argument}.`) && !kind.endsWith('?'))
    .map(([name, kind]) => [name.slice(argument.length + 1), RIGHT[kind]])
  return Object.fromEntries(fields)
}

const ROWS = Object.entries(TABLE as Readonly<Record<string, Methods>>).flatMap(
  ([service, methods]) =>
    Object.entries(methods)
      .filter(([, kinds]) => Object.keys(kinds).length > 0)
      .map(([method, kinds]) => [service, method, kinds] as const),
)

describe.each(ROWS)('hub: %s.%s', (name, method, kinds) => {
  const service = serviceOf(name)

  it.each(Object.entries(kinds))('says what is wrong with %s', async (argument, kind) => {
    const plain = kind.replace('?', '')
    const missing = kind.endsWith('?') || plain === 'any' ? [] : [undefined]
    for (const value of [...(WRONG_BY_KIND[plain] ?? []), ...missing]) {
      const given = argumentsWith(kinds, argument, value)
      const message = await refusalOf(service, method, given)
      const seen = `${shown(value)}: ${message}`
      expect(seen).not.toMatch(RAW)
      if (plain === 'any') continue
      const field = argument.split('.').at(-1)
      expect(seen).toMatch(new RegExp(`: (${field}|name|message)(\\.\\d+)?: .*[Ee]xpected`))
    }
  })
})

it.each(['hub', ...Object.keys(hub).filter((name) => !PARTS.has(name))])(
  'every method of %s has a row',
  (name) => {
    const rows = Reflect.get(TABLE, name) as Methods | undefined
    const methods = methodsOf(serviceOf(name)).filter((each) => !INTERNAL.has(`${name}.${each}`))
    expect(Object.keys(rows ?? {}).sort()).toEqual(methods.sort())
  },
)

it('takes no text for a flag: an event that is not volatile is in the log', async () => {
  const volatile = 'false' as unknown as boolean
  expect(await hub.publish('room:1', 'e', 1, { volatile })).toMatchObject({
    ok: false,
    error: {
      code: 'invalid_payload',
      message: 'volatile: expected true or false, not "false"',
    },
  })
  expect(await hub.publish('room:1', 'e', 1, { volatile: false })).toMatchObject({
    value: { position: expect.any(String) },
  })
})

it('throws a sentence where a text is published to no channel', () => {
  expect(() => hub.publish(undefined as never, 'text')).toThrow('name: expected a text')
})

it('refuses by a Result where a Result is promised', async () => {
  const nothing = undefined as never
  const refused = { ok: false, error: { code: 'invalid_payload' } }
  expect(await hub.notifications.create(nothing)).toMatchObject(refused)
  expect(await hub.subscriptions.createTopicSubscription(nothing)).toMatchObject(refused)
  expect(await hub.rooms.create('a', null as never)).toMatchObject(refused)
  expect(await hub.rooms.kick('a', nothing)).toMatchObject(refused)
  expect(hub.sse.createEvent(nothing)).toMatchObject(refused)
  expect(hub.connections.list(null as never)).toMatchObject(refused)
  expect(hub.connections.disconnect('id', 5 as never)).toMatchObject(refused)
  expect(await hub.publish(nothing, 'e', 1)).toMatchObject(refused)
  expect(await hub.publish('room:1', 'e', 1, null as never)).toMatchObject(refused)
})
