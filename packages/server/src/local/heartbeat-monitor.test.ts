import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import { type HeartbeatConfig, HeartbeatMonitor } from './heartbeat-monitor.ts'

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
  expect(() => monitor.makeSseEvent('x', 'a\nb')).toThrow(/no line end/)
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
