import type { UserId } from '@coterie/protocol'
import type { NotificationPreferences } from '@coterie/server'
import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'
import { ada, bob, cy } from './store-entities.ts'

const stated: NotificationPreferences = {
  mutedTypes: ['task', 'update'],
  quietHours: { start: '22:00', end: '07:00', timeZone: 'Europe/Berlin' },
  routes: ['in-app', 'email'],
  email: 'ada@example.org',
  webhookUrl: null,
}
const quiet: NotificationPreferences = {
  mutedTypes: [],
  quietHours: null,
  routes: [],
  email: null,
  webhookUrl: 'https://example.org',
}

/** Registers what stores promise of preferences. */
export function preferenceTests(open: OpenStore): void {
  it('finds what users have stated', async () => {
    const { preferences } = await open()
    await preferences.put(ada, stated)
    await preferences.put(bob, quiet)
    const found = await preferences.find([bob, ada, cy])
    expect(new Map(found)).toEqual(
      new Map([
        [ada, stated],
        [bob, quiet],
      ]),
    )
    expect((await preferences.find([])).size).toBe(0)
  })

  it('replaces and forgets', async () => {
    const { preferences } = await open()
    await preferences.put(ada, stated)
    await preferences.put(ada, quiet)
    expect((await preferences.find([ada])).get(ada)).toEqual(quiet)
    await preferences.put(ada, null)
    await preferences.put(ada, null)
    expect((await preferences.find([ada])).size).toBe(0)
  })

  it('finds among 10,000 users', async () => {
    const { preferences } = await open()
    await preferences.put('user-9999' as UserId, stated)
    const users = Array.from({ length: 10_000 }, (_, index) => `user-${index}` as UserId)
    expect([...(await preferences.find(users)).keys()]).toEqual(['user-9999'])
  })
}
