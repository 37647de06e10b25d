import { FakeClock } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import type { HeartbeatConfig } from './heartbeat-config.ts'
import type { HeartbeatLoop } from './heartbeat-loop.ts'
import { HeartbeatMonitor } from './heartbeat-monitor.ts'

function setUp(config: HeartbeatConfig = {}) {
  const clock = new FakeClock()
  return { clock, monitor: new HeartbeatMonitor(config, clock) }
}

it('times a silent client out once for each timeout, and gives it up after the last', async () => {
  const { clock, monitor } = setUp()
  monitor.register('ada')
  await clock.advance(44_999)
  expect(monitor.isAlive('ada')).toBe(true)
  expect(monitor.checkTimeouts()).toEqual([])
  await clock.advance(1)
  expect(monitor.isAlive('ada')).toBe(false)
  expect(monitor.checkTimeouts()).toEqual(['ada'])
  expect(monitor.checkTimeouts()).toEqual([])
  expect(monitor.getDeadClients()).toEqual([])
  await clock.advance(90_000)
  expect(monitor.checkTimeouts()).toEqual(['ada'])
  expect(monitor.evictDead()).toEqual(['ada'])
  expect(monitor.evictDead()).toEqual([])
})

it('begins anew with every sign of life', async () => {
  const { clock, monitor } = setUp()
  monitor.register('ada')
  await clock.advance(100_000)
  monitor.checkTimeouts()
  expect(monitor.stats().timedOutClients).toBe(1)
  expect(monitor.pong('ada')).toBe(true)
  expect(monitor.isAlive('ada')).toBe(true)
  expect(monitor.stats()).toMatchObject({ timedOutClients: 0, totalPongs: 1, totalTimeouts: 1 })
  expect(monitor.pong('eve')).toBe(false)
})

it('writes exactly what keeps a stream of events alive', () => {
  const { monitor } = setUp()
  expect(monitor.sseKeepaliveComment()).toBe(': keepalive\n\n')
  expect(monitor.sseRetryField()).toBe('retry: 3000\n\n')
  expect(monitor.sseHeartbeatEvent()).toBe('retry: 3000\n: heartbeat\n\n')
  expect(monitor.makeSseEvent('Hello', 'message', 'evt-43')).toBe(
    'retry: 3000\nid: evt-43\nevent: message\ndata: Hello\n\n',
  )
  expect(() => monitor.makeSseEvent('x', 'a\nb')).toThrow(/must not contain a line end/)
})

it('remembers from where a client is to resume', () => {
  const { monitor } = setUp()
  monitor.register('ada', 'evt-100')
  monitor.register('bob')
  expect(monitor.getLastEventId('ada')).toBe('evt-100')
  monitor.setLastEventId('ada', 'evt-105')
  expect(monitor.getLastEventId('ada')).toBe('evt-105')
  expect(monitor.getLastEventId('bob')).toBeNull()
  expect(monitor.unregister('ada')).toBe(true)
  expect(monitor.getLastEventId('ada')).toBeNull()
})

it('describes each client in words', async () => {
  const { clock, monitor } = setUp()
  monitor.register('client-1')
  await clock.advance(2_500)
  expect(monitor.clientInfo().get('client-1')).toEqual({
    alive: 'true',
    retries: '0',
    last_pong_ago_secs: '2.5',
  })
})

it('pings, warns and gives up in a loop with one timer, until it is aborted', async () => {
  const { clock, monitor } = setUp({ intervalSecs: 10, timeoutSecs: 30, maxRetries: 2 })
  const told: string[] = []
  const abort = new AbortController()
  monitor.register('silent')
  monitor.register('lively')
  const running = monitor.runHeartbeatLoop({
    onPing: (client) => {
      if (client === 'lively') monitor.pong(client)
    },
    onTimeout: (client) => void told.push(`timeout ${client}`),
    onDead: (client) => void told.push(`dead ${client}`),
    signal: abort.signal,
  })
  await clock.settle()
  expect(clock.pendingTimers).toBe(1)
  await clock.advance(200_000)
  expect(told).toEqual(['timeout silent', 'timeout silent', 'dead silent'])
  expect(monitor.stats()).toMatchObject({ monitoredClients: 1, totalPings: 25 })
  abort.abort()
  await running
  expect(clock.pendingTimers).toBe(0)
})

// Pings used to stop with the comments of streams.
it('pings clients whose streams get no keepalive comments', async () => {
  const { clock, monitor } = setUp({ intervalSecs: 10, sendKeepalive: false })
  const pinged: string[] = []
  const abort = new AbortController()
  monitor.register('ada')
  const running = monitor.runHeartbeatLoop({
    onPing: (client) => void pinged.push(client),
    signal: abort.signal,
  })
  await clock.advance(20_000)
  abort.abort()
  await running
  expect(pinged).toEqual(['ada', 'ada'])
})

describe('a callback that fails', () => {
  function run(loop: HeartbeatLoop<string>, config: HeartbeatConfig = {}) {
    const { clock, monitor } = setUp({
      intervalSecs: 10,
      timeoutSecs: 20,
      maxRetries: 2,
      ...config,
    })
    const abort = new AbortController()
    for (const client of ['bad', 'good']) monitor.register(client)
    const running = monitor.runHeartbeatLoop({ ...loop, signal: abort.signal })
    const stop = async () => {
      abort.abort()
      await running
    }
    return { clock, monitor, stop }
  }

  it.each([
    ['throws', () => fail()],
    ['rejects', () => Promise.reject(new Error('gone'))],
    ['never ends', () => new Promise<void>(() => {})],
  ])('and %s costs its own client alone', async (_, perform) => {
    const told: string[] = []
    const note = (what: string) => (client: string) => {
      told.push(`${what} ${client}`)
      return client === 'bad' ? perform() : undefined
    }
    const { clock, stop } = run({
      onPing: note('ping'),
      onTimeout: note('timeout'),
      onDead: note('dead'),
      onError: () => {},
    })
    await clock.advance(40_000)
    await stop()
    const ofGood = told.filter((each) => each.endsWith('good'))
    expect(ofGood).toEqual([
      'ping good',
      'timeout good',
      'ping good',
      'ping good',
      'timeout good',
      'dead good',
    ])
    expect(told.filter((each) => each === 'dead bad')).toHaveLength(1)
  })

  it('tells for whom, and goes on though even that throws', async () => {
    const failures: unknown[] = []
    const { clock, monitor, stop } = run({
      onPing: () => fail(),
      onError: (error, client) => void failures.push([client, String(error)]),
    })
    await clock.advance(10_000)
    expect(failures).toEqual([
      ['bad', 'Error: gone'],
      ['good', 'Error: gone'],
    ])
    await clock.advance(10_000)
    expect(monitor.stats().totalPings).toBe(4)
    await stop()
  })

  it('pings a client again once its ping is done, and one that begins anew at once', async () => {
    const pings: PromiseWithResolvers<void>[] = []
    const { clock, monitor, stop } = run({
      onPing: (client) => {
        monitor.pong(client)
        if (client !== 'bad') return undefined
        pings.push(Promise.withResolvers<void>())
        return pings.at(-1)?.promise
      },
    })
    await clock.advance(30_000)
    expect(pings).toHaveLength(1)
    pings[0]?.resolve()
    await clock.advance(10_000)
    expect(pings).toHaveLength(2)
    monitor.register('bad')
    await clock.advance(10_000)
    expect(pings).toHaveLength(3)
    await stop()
  })
})

it.each([
  [{ intervalSecs: 0 }, /^intervalSecs: expected a number of seconds above 0, not 0$/],
  [{ timeoutSecs: Number.NaN }, /^timeoutSecs: /],
  [{ maxRetries: 0.5 }, /^maxRetries: expected a whole number from 1/],
  [{ sseRetryMs: -1 }, /^sseRetryMs: /],
  [{ sendKeepalive: 'no' as never }, /^sendKeepalive: expected true or false, not no$/],
])('refuses %j', (config, message) => {
  expect(() => new HeartbeatMonitor(config)).toThrow(message)
})

function fail(): never {
  throw new Error('gone')
}
