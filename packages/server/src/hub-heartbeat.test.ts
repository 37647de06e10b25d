import { createTestHub } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import { resolveConfig } from './config/config.ts'
import type { HubConfig } from './config/hub-config.ts'

describe('the heartbeat of a hub', () => {
  it('holds for clients of the process, with all its fields', async () => {
    const heartbeat = {
      intervalSecs: 10,
      timeoutSecs: 30,
      maxRetries: 2,
      sseRetryMs: 5_000,
      sendKeepalive: false,
    }
    const { hub, clock } = await createTestHub({ channels: {}, heartbeat })
    expect(hub.heartbeat.config).toEqual(heartbeat)
    expect(hub.heartbeat.sseRetryField()).toBe('retry: 5000\n\n')
    hub.createChannel('chat:main')
    hub.join('chat:main', 'alice')
    await clock.advance(60_000)
    expect(hub.heartbeat.checkTimeouts()).toEqual(['alice'])
    expect(hub.heartbeat.evictDead()).toEqual(['alice'])
  })

  it('has the defaults of its parts', async () => {
    const { hub } = await createTestHub()
    expect(hub.heartbeat.config).toEqual({
      intervalSecs: 15,
      timeoutSecs: 45,
      maxRetries: 3,
      sseRetryMs: 3_000,
      sendKeepalive: true,
    })
  })

  it.each([
    [{ intervalSecs: 5, timeoutSecs: 20 }, 20_000],
    [{ intervalMs: 5_000, timeoutMs: 20_000 }, 20_000],
    [{ intervalSecs: 5, timeoutSecs: 20, maxRetries: 3 }, 60_000],
  ])('of %j closes a silent connection after %i ms, and not before', async (heartbeat, afterMs) => {
    const { ada, hub, clock } = await createTestHub({ users: ['ada'], heartbeat })
    ada.socket.halfOpen()
    const isListed = () => {
      const listed = hub.connections.list()
      return listed.ok && listed.value.some(({ state }) => state === 'authenticated')
    }
    await clock.advance(afterMs - 1_000)
    expect(isListed()).toBe(true)
    await clock.advance(5_000 + 1_000)
    expect(isListed()).toBe(false)
  })

  it.each<[object, RegExp]>([
    [{ intervalSecs: 0 }, /"heartbeat\.intervalSecs" is 0: /],
    [{ timeoutSecs: '45' }, /"heartbeat\.timeoutSecs" is "45": /],
    [{ maxRetries: 0 }, /"heartbeat\.maxRetries" is 0: /],
    [{ sseRetryMs: -1 }, /"heartbeat\.sseRetryMs" is -1: /],
    [{ sendKeepalive: 'no' }, /"heartbeat\.sendKeepalive" is "no": /],
    [{ every: 1 }, /unknown key "heartbeat\.every"; known here: intervalSecs, intervalMs, /],
    [
      { timeoutMs: 1, timeoutSecs: 1 },
      /"heartbeat\.timeoutMs" is 1: timeoutMs and timeoutSecs mean the same/,
    ],
  ])('is not %j', (heartbeat, message) => {
    expect(() => resolveConfig({ heartbeat } as HubConfig)).toThrow(message)
  })
})
