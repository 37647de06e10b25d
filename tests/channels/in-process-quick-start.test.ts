import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BackpressurePolicy,
  ChannelManager,
  createHub,
  HeartbeatMonitor,
  type HubOptions,
  PresenceTracker,
  RealtimeBroadcast,
  TopicMatcher,
} from '@coterie/server'
import { describe, expect, it, onTestFinished } from 'vitest'

function start(options: HubOptions) {
  const hub = createHub(options)
  onTestFinished(() => hub.close())
  return hub
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coterie-quick-start-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

describe.each<[string, () => HubOptions]>([
  ['in memory', () => ({ engine: 'memory' })],
  ['in a folder', () => ({ dataDir: makeFolder() })],
])('a hub that keeps its data %s', (_, options) => {
  it('hands a message over at once', () => {
    const hub = start(options())
    hub.createChannel('chat:general')
    const sub = hub.join('chat:general', 'alice', { name: 'Alice', status: 'online' })
    expect(hub.publish('chat:general', 'Hello everyone!')).toBe(1)
    expect(sub.tryReceive()).toBe('Hello everyone!')
    expect(hub.getPresence('chat:general')).toMatchObject([
      { clientId: 'alice', metadata: { name: 'Alice', status: 'online' } },
    ])
    expect(hub.disconnect('alice')).toEqual(['chat:general'])
  })

  it('joins channel, presence and heartbeat, until the last channel is left', () => {
    const hub = start({
      ...options(),
      channelBufferSize: 256,
      heartbeat: { intervalSecs: 15, timeoutSecs: 45 },
    })
    hub.createChannel('chat:general', { broadcast: { bufferSize: 128 } })
    const sub = hub.join('chat:general', 'alice', { name: 'Alice' })
    hub.publish('chat:general', 'Hello!')
    hub.publishJson('chat:general', { msg: 'typed message' })
    expect(sub.drain()).toEqual(['Hello!', '{"msg":"typed message"}'])
    const diff = hub.getPresenceDiff('chat:general')
    expect(diff.hasChanges()).toBe(true)
    expect(diff.joins.map(({ clientId }) => clientId)).toEqual(['alice'])
    expect(hub.heartbeat.isAlive('alice')).toBe(true)
    expect(hub.leave('chat:general', 'alice')).toBe(true)
    expect(hub.presence.listAsDicts('chat:general')).toEqual([])
    expect(hub.heartbeat.has('alice')).toBe(false)
    expect(hub.disconnect('alice')).toEqual([])
  })

  it('publishes to a pattern, and refuses a channel that is not there', () => {
    const hub = start(options())
    for (const name of ['chat:general', 'chat:random']) hub.createChannel(name)
    const subscribers = [hub.join('chat:general', 'u1'), hub.join('chat:random', 'u2')]
    expect(hub.channels.publishToTopic('chat:*', 'Announcement!')).toBe(2)
    expect(subscribers.map((sub) => sub.tryReceive())).toEqual(['Announcement!', 'Announcement!'])
    expect(() => hub.publish('chat:none', 'Hello')).toThrow(
      /^no channel chat:none.*create it first/,
    )
  })
})

it('manages channels on its own', () => {
  const manager = new ChannelManager({ defaultBufferSize: 256 })
  manager.createChannel('chat:general')
  manager.createChannel('events:system', { bufferSize: 1024 })
  const sub = manager.subscribe('chat:general', 'user-1')
  expect(manager.publish('chat:general', 'Hello!')).toBe(1)
  expect(sub.tryReceive()).toBe('Hello!')
  manager.publishJson('chat:general', { type: 'message', text: 'Hi' })
  expect(sub.drain()).toEqual(['{"type":"message","text":"Hi"}'])
  expect(manager.getStats('chat:general')).toEqual({ subscriberCount: 1, totalMessages: 2 })
  manager.unsubscribe('chat:general', 'user-1')
  expect(manager.removeChannel('chat:general')).toBe(true)
})

it('matches topics on its own', () => {
  const matcher = new TopicMatcher()
  matcher.subscribe('chat:*', 'user-1')
  matcher.subscribe('events:#', 'admin-1')
  matcher.subscribe('chat:general', 'user-2')
  expect(matcher.matchTopic('chat:general').toSorted()).toEqual(['user-1', 'user-2'])
  expect(matcher.matchTopic('events:user:login')).toEqual(['admin-1'])
  expect(TopicMatcher.patternMatches('chat:*', 'chat:general')).toBe(true)
  expect(TopicMatcher.patternMatches('chat:*', 'events:foo')).toBe(false)
})

it('tracks presence on its own', () => {
  const tracker = new PresenceTracker()
  tracker.track('room:lobby', 'alice', { name: 'Alice', status: 'online' })
  tracker.track('room:lobby', 'bob', { name: 'Bob', status: 'away' })
  expect(tracker.count('room:lobby')).toBe(2)
  tracker.diffAsDict('room:lobby')
  tracker.update('room:lobby', 'alice', { name: 'Alice', status: 'away' })
  tracker.touch('room:lobby', 'alice')
  tracker.untrack('room:lobby', 'bob')
  expect(tracker.diffAsDict('room:lobby')).toMatchObject({ joins: [], leaves: ['bob'] })
  expect(tracker.untrackAll('alice')).toEqual(['room:lobby'])
  expect(tracker.evictStale(60)).toEqual([])
})

it('broadcasts on its own', () => {
  const broadcast = new RealtimeBroadcast()
  broadcast.create('alerts', {
    bufferSize: 128,
    policy: BackpressurePolicy.DropOldest,
    dedupEnabled: true,
    dedupWindow: 1000,
  })
  const rx = broadcast.subscribe('alerts')
  expect(broadcast.send('alerts', 'event A', 'evt-1')).toBe(1)
  broadcast.send('alerts', 'event A (dup)', 'evt-1')
  broadcast.send('alerts', 'event B', 'evt-2')
  expect(rx.drain()).toEqual(['event A', 'event B'])
  expect(broadcast.sendMany(['alerts'], 'Hello all!')).toEqual({ alerts: 1 })
  expect(broadcast.stats('alerts')).toMatchObject({ totalSent: 3, totalDeduped: 1 })
  broadcast.create('critical', { policy: BackpressurePolicy.Error })
  expect(() => broadcast.send('critical', 'important')).toThrow(/nobody listens/)
})

it('watches clients and writes events on its own', () => {
  const monitor = new HeartbeatMonitor({
    intervalSecs: 15,
    timeoutSecs: 45,
    maxRetries: 3,
    sseRetryMs: 3000,
    sendKeepalive: true,
  })
  monitor.register('client-1')
  monitor.register('client-2', 'evt-42')
  monitor.ping('client-1')
  monitor.pong('client-1')
  expect(monitor.checkTimeouts()).toEqual([])
  expect(monitor.getLastEventId('client-2')).toBe('evt-42')
  expect(monitor.makeSseEvent('Hello', 'message', 'evt-43')).toMatch(/^retry: 3000\n/)
  expect(monitor.stats()).toMatchObject({ monitoredClients: 2, totalPings: 1, totalPongs: 1 })
})
