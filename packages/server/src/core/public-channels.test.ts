import { createTestHub, testPrincipal } from '@coterie/testing'
import { describe, expect, it } from 'vitest'

describe.each(['announcements', 'global'])('%s', (channel) => {
  it('is there for every authenticated client, and speaks as the server alone', async () => {
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

  it('is not for anonymous users', async () => {
    const { connect } = await createTestHub({ channels: {} })
    const somebody = await connect('anon-1', 0, testPrincipal('anon-1', { isAnonymous: true }))
    await expect(somebody.subscribe(channel)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('is what the configuration says, by its name or by a pattern', async () => {
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

  it('takes nothing from clients where undeclared channels are allowed', async () => {
    const { ada } = await createTestHub({ channels: {}, undeclared: 'allow', users: ['ada'] })
    await ada.subscribe(channel)
    await expect(ada.publish(channel, 'note', 1)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('can be made by the process, and is there again when that is removed', async () => {
    const { ada, hub } = await createTestHub({ channels: {}, users: ['ada'] })
    hub.createChannel(channel)
    const subscriber = hub.join(channel, 'worker')
    await ada.subscribe(channel)
    expect(hub.publish(channel, 'Hello')).toBe(2)
    expect(subscriber.tryReceive()).toBe('Hello')
    hub.removeChannel(channel)
    await ada.subscribe(channel)
  })

  it('takes nothing from clients when the process made it', async () => {
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

  it('takes from clients what the configuration allows when the process made it too', async () => {
    const channels = { [channel]: {} }
    const { ada, hub } = await createTestHub({ channels, users: ['ada'] })
    hub.createChannel(channel)
    const subscriber = hub.join(channel, 'worker')
    await ada.subscribe(channel)
    await ada.publish(channel, 'note', 'Hello')
    await expect.poll(() => subscriber.tryReceive()).toBe('Hello')
  })
})
