import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'
import {
  ada,
  email,
  ids,
  keyOf,
  NOW,
  notificationFor,
  notify,
  recipient,
  subscription,
} from './store-entities.ts'

/** Registers the tests for starting, stopping and restarting a store. */
export function lifecycleTests(open: OpenStore, isDurable: boolean): void {
  it('is healthy until it is closed, and serves nothing afterwards', async () => {
    const store = await open()
    await store.health()
    await store.close()
    await store.close()
    const unavailable = { code: 'unavailable' }
    await expect(store.health()).rejects.toMatchObject(unavailable)
    await expect(store.notifications.unreadCount(ada, NOW)).rejects.toMatchObject(unavailable)
    await expect(notify(store, [ada])).rejects.toMatchObject(unavailable)
  })

  it('finishes what was begun before it closes', async ({ skip }) => {
    if (!isDurable) skip('the store keeps nothing')
    const before = await open('finishing')
    const made = Array.from({ length: 5 }, () => notify(before, [ada]))
    await before.close()
    const after = await open('finishing')
    const query = { userId: ada, limit: 9, recipients: 'own' } as const
    const kept = ids(await after.notifications.list(query, NOW))
    expect(kept.toSorted()).toEqual((await Promise.all(made)).toSorted())
  })

  it('finds everything again', async ({ skip }) => {
    if (!isDurable) skip('the store keeps nothing')
    const before = await open('again')
    const idempotencyKey = keyOf('k')
    const users = [recipient(ada, { deliveries: [email()] })]
    const id = await notify(before, users, { idempotencyKey, expiresAtMs: NOW + 10 })
    const made = subscription(ada)
    await before.subscriptions.create(made, { maxPerUser: 1 })
    const preferences = {
      mutedTypes: [],
      quietHours: null,
      routes: [],
      email: null,
      webhookUrl: null,
    }
    await before.preferences.change(ada, () => preferences)
    await before.close()

    const after = await open('again')
    expect(await after.notifications.unreadCount(ada, NOW)).toBe(1)
    expect(await after.notifications.nextDueMs()).toBe(NOW + 10)
    expect(ids(await after.notifications.unannounced(NOW + 1, 9))).toEqual([id])
    expect(
      await after.notifications.create(notificationFor([ada], { idempotencyKey })),
    ).toMatchObject({ ok: true, value: { id, isDuplicate: true } })
    expect(await after.deliveries.claim(NOW, 1_000, 9)).toMatchObject([{ notificationId: id }])
    expect(await after.subscriptions.active(undefined, 9, NOW)).toEqual([made])
    expect((await after.preferences.find([ada])).get(ada)).toEqual(preferences)
  })
}
