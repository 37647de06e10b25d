import type { UserId } from '@coterie/protocol'
import type { NotificationPreferences } from '@coterie/server/services'
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
    await preferences.change(ada, () => stated)
    await preferences.change(bob, () => quiet)
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
    await preferences.change(ada, () => stated)
    await preferences.change(ada, () => quiet)
    expect((await preferences.find([ada])).get(ada)).toEqual(quiet)
    await preferences.change(ada, () => null)
    await preferences.change(ada, () => null)
    expect((await preferences.find([ada])).size).toBe(0)
  })

  it('changes what is stored, and leaves it where nothing is decided', async () => {
    const { preferences } = await open()
    const left = await preferences.change(ada, (stored) => {
      expect(stored).toBeUndefined()
      return undefined
    })
    expect([left, (await preferences.find([ada])).size]).toEqual([undefined, 0])
    await preferences.change(ada, () => stated)
    const changed = await preferences.change(ada, (stored) => ({
      ...quiet,
      email: stored?.email ?? '',
    }))
    expect(changed).toEqual({ ...quiet, email: stated.email })
    await preferences.change(ada, () => undefined)
    expect((await preferences.find([ada])).get(ada)).toEqual(changed)
  })

  it('changes nothing where deciding fails', async () => {
    const { preferences } = await open()
    await preferences.change(ada, () => stated)
    const failed = preferences.change(ada, () => {
      throw new Error('no decision')
    })
    await expect(failed).rejects.toThrow('no decision')
    expect((await preferences.find([ada])).get(ada)).toEqual(stated)
  })

  it('loses none of several changes at once, also where nothing was stored', async () => {
    const { preferences } = await open()
    const types = ['task', 'update', 'comment', 'mention', 'system', 'reminder'] as const
    await Promise.all(
      types.map((type) =>
        preferences.change(ada, (stored = quiet) => ({
          ...stored,
          mutedTypes: [...stored.mutedTypes, type],
        })),
      ),
    )
    const { mutedTypes = [] } = (await preferences.find([ada])).get(ada) ?? {}
    expect(mutedTypes.toSorted()).toEqual(types.toSorted())
  })

  it('brings nothing back that was forgotten while it was changed', async () => {
    const { preferences } = await open()
    const mute = () =>
      preferences.change(ada, (stored = quiet) => ({ ...stored, mutedTypes: ['task'] }))
    for (let round = 0; round < 10; round += 1) {
      await preferences.change(ada, () => stated)
      await Promise.all([mute(), preferences.change(ada, () => null), mute()])
      const left = (await preferences.find([ada])).get(ada)
      // Forgotten last, or changed after that: never with what was forgotten.
      expect([undefined, null]).toContain(left?.email)
    }
  })

  it('finds among 10,000 users', async () => {
    const { preferences } = await open()
    await preferences.change('user-9999' as UserId, () => stated)
    const users = Array.from({ length: 10_000 }, (_, index) => `user-${index}` as UserId)
    expect([...(await preferences.find(users)).keys()]).toEqual(['user-9999'])
  })
}
