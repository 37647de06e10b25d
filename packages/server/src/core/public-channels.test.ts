import { createTestHub, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'

describe.each(['announcements', 'global'])('%s', (channel) => {
  it('exists for every authenticated client, and only the server publishes to it', async () => {
    const { ada, hub } = await createTestHub({ channels: {}, users: ['ada'] })
    await ada.subscribe(channel)
    const data = { message: 'Maintenance in 10 minutes' }
    expect(await hub.realtimeEvent({ channel, event: 'system_update', data })).toMatchObject({
      ok: true,
      value: { receivers: 1 },
    })
    await ada.sees('event', { channel, event: 'system_update', payload: data, from: null })
    await expect(ada.publish(channel, 'system_update', data)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('is closed to anonymous users', async () => {
    const { connect } = await createTestHub({ channels: {} })
    const somebody = await connect('anon-1', 0, testPrincipal('anon-1', { isAnonymous: true }))
    await expect(somebody.subscribe(channel)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('follows the configuration of its name or of a pattern', async () => {
    for (const pattern of [channel, '*', '#']) {
      const channels = { [pattern]: { subscribe: 'granted', publish: 'members' } } as const
      const { ada, connect } = await createTestHub({ channels, users: ['ada'] })
      await expect(ada.subscribe(channel)).rejects.toMatchObject({ code: 'forbidden' })
      const grants = [{ channels: channel, actions: ['*'] as const }]
      const bob = await connect('bob', 0, testPrincipal('bob', { grants }))
      await bob.subscribe(channel)
      await bob.publish(channel, 'note', 1)
    }
  })

  it('refuses publishes of clients where undeclared channels are allowed', async () => {
    const { ada } = await createTestHub({ channels: {}, undeclared: 'allow', users: ['ada'] })
    await ada.subscribe(channel)
    await expect(ada.publish(channel, 'note', 1)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('can be created by the process, and is public again after that is removed', async () => {
    const { ada, hub } = await createTestHub({ channels: {}, users: ['ada'] })
    hub.createChannel(channel)
    const subscriber = hub.join(channel, 'worker')
    await ada.subscribe(channel)
    expect(hub.publish(channel, 'Hello')).toBe(2)
    expect(subscriber.tryReceive()).toBe('Hello')
    hub.removeChannel(channel)
    await ada.subscribe(channel)
  })

  it('refuses publishes of clients when the process created it', async () => {
    for (const undeclared of ['deny', 'allow'] as const) {
      const { ada, hub } = await createTestHub({ channels: {}, undeclared, users: ['ada'] })
      hub.createChannel(channel)
      const subscriber = hub.join(channel, 'worker')
      await ada.subscribe(channel)
      for (const options of [{}, { volatile: true }]) {
        await expect(ada.publish(channel, 'note', 1, options)).rejects.toMatchObject({
          code: 'forbidden',
        })
      }
      expect(subscriber.tryReceive()).toBeNull()
      hub.removeChannel(channel)
      await expect(ada.publish(channel, 'note', 1)).rejects.toMatchObject({ code: 'forbidden' })
    }
  })

  it('accepts publishes of clients that the configuration allows, also when the process created it', async () => {
    const channels = { [channel]: {} }
    const { ada, hub } = await createTestHub({ channels, users: ['ada'] })
    hub.createChannel(channel)
    const subscriber = hub.join(channel, 'worker')
    await ada.subscribe(channel)
    await ada.publish(channel, 'note', 'Hello')
    await expect.poll(() => subscriber.tryReceive()).toBe('Hello')
  })
})
