import type { UserId } from '@coterie/protocol'
import { expect, it } from 'vitest'
import type { OpenStore } from './opened-store.ts'
import {
  ada,
  bob,
  cy,
  email,
  ids,
  keyOf,
  NOW,
  notificationFor,
  notify,
  recipient,
} from './store-entities.ts'

/** Registers the tests for creating and finding notifications. */
export function createTests(open: OpenStore): void {
  it('finds all that a notification says', async () => {
    const { notifications } = await open()
    const { recipients: _, ...content } = notificationFor([ada], {
      title: 'Ünïcode 🎉 "quoted" \\ and\nlines',
      message: "Robert'); DROP TABLE notifications;--",
      type: 'deadline',
      priority: 'emergency',
      senderId: bob,
      resourceType: 'post',
      resourceId: '42',
      actions: [{ label: 'View', action: 'view', data: { id: 1, nested: [true, null] } }],
      metadata: { deep: { list: [1, 'two', { three: 3 }] }, zero: '\u0000' },
      channels: ['in-app', 'email'],
      expiresAtMs: NOW + 1_000,
    })
    const created = await notifications.create({ ...content, recipients: [recipient(ada)] })
    const found = await notifications.find(content.id, NOW)
    expect(found).toEqual({
      ...content,
      sequence: expect.any(Number),
      recipients: [
        {
          userId: ada,
          status: 'pending',
          deliveredAtMs: null,
          readAtMs: null,
          isInApp: true,
          heldUntilMs: null,
        },
      ],
    })
    expect(created).toEqual({
      ok: true,
      value: { id: content.id, sequence: found?.sequence, isDuplicate: false },
    })
  })

  it('finds nothing where there is none', async () => {
    const { notifications } = await open()
    expect(await notifications.find('none' as never, NOW)).toBeUndefined()
  })

  it('finds it as one recipient has it, and not for others', async () => {
    const store = await open()
    const { notifications } = store
    const id = await notify(store, [ada, bob])
    await notifications.markRead(bob, [id], NOW)
    const found = await notifications.find(id, NOW, bob)
    expect(found?.recipients).toMatchObject([{ userId: bob, status: 'read' }])
    expect(await notifications.find(id, NOW, cy)).toBeUndefined()
  })

  it('keeps recipients in the order in which they were named', async () => {
    const store = await open()
    const { notifications } = store
    const id = await notify(store, [cy, ada, bob])
    const found = await notifications.find(id, NOW)
    expect(found?.recipients.map(({ userId }) => userId)).toEqual([cy, ada, bob])
  })

  it('keeps one that is for nobody', async () => {
    const store = await open()
    const id = await notify(store, [])
    expect((await store.notifications.find(id, NOW))?.recipients).toEqual([])
  })

  it('counts it for each recipient in app, and for no other', async () => {
    const store = await open()
    await notify(store, [ada, recipient(bob, { isInApp: false, deliveries: [email()] })])
    await notify(store, [ada])
    expect(await store.notifications.unreadCount(ada, NOW)).toBe(2)
    expect(await store.notifications.unreadCount(bob, NOW)).toBe(0)
    expect(await store.notifications.unreadCount(cy, NOW)).toBe(0)
  })

  it('numbers notifications by creation', async () => {
    const store = await open()
    const first = await store.notifications.create(notificationFor([ada]))
    const second = await store.notifications.create(notificationFor([bob]))
    if (!first.ok || !second.ok) throw new Error('refused')
    expect(second.value.sequence).toBeGreaterThan(first.value.sequence)
  })

  it('stores 10,000 recipients as one, while the process goes on', async () => {
    const store = await open()
    const users = Array.from({ length: 10_000 }, (_, index) => `user-${index}` as UserId)
    let turns = 0
    let isDone = false
    const turn = (): void => {
      turns += 1
      if (!isDone) setImmediate(turn)
    }
    setImmediate(turn)
    const id = await notify(store, users)
    isDone = true
    expect(turns).toBeGreaterThan(5)
    const found = await store.notifications.find(id, NOW)
    expect(found?.recipients.map(({ userId }) => userId)).toEqual(users)
    expect(await store.notifications.unreadCount('user-9999' as UserId, NOW)).toBe(1)
    expect(await store.notifications.cancel(id, NOW)).toHaveLength(10_000)
    expect(await store.notifications.unreadCount('user-9999' as UserId, NOW)).toBe(0)
  })

  it('stores a notification once when its key is repeated', async () => {
    const { notifications } = await open()
    const first = await notifications.create(notificationFor([ada], { idempotencyKey: keyOf('k') }))
    const again = await notifications.create(
      notificationFor([ada, bob], { idempotencyKey: keyOf('k'), createdAtMs: NOW + 59_999 }),
    )
    if (!first.ok) throw first.error
    expect(again).toEqual({ ok: true, value: { ...first.value, isDuplicate: true } })
    expect(await notifications.unreadCount(ada, NOW)).toBe(1)
    expect(await notifications.unreadCount(bob, NOW)).toBe(0)
  })

  it('refuses a key that was used for another notification', async () => {
    const { notifications } = await open()
    await notifications.create(notificationFor([ada], { idempotencyKey: keyOf('k') }))
    const idempotencyKey = keyOf('k', { fingerprint: 'request-2' })
    const other = await notifications.create(notificationFor([ada], { idempotencyKey }))
    expect(other).toMatchObject({ ok: false, error: { code: 'conflict' } })
    expect(await notifications.unreadCount(ada, NOW)).toBe(1)
  })

  it('knows a request by the digest that an earlier build made of it', async () => {
    const { notifications } = await open()
    await notifications.create(notificationFor([ada], { idempotencyKey: keyOf('k') }))
    const digests = { fingerprint: 'another digest', earlierFingerprint: 'request-1' }
    const again = await notifications.create(
      notificationFor([ada], { idempotencyKey: keyOf('k', digests) }),
    )
    expect(again).toMatchObject({ ok: true, value: { isDuplicate: true } })
  })

  it('knows the same key of another scope as another key', async () => {
    const store = await open()
    await notify(store, [ada], { idempotencyKey: keyOf('k', { scope: 'a' }) })
    await notify(store, [ada], { idempotencyKey: keyOf('k', { scope: 'b', fingerprint: 'other' }) })
    expect(await store.notifications.unreadCount(ada, NOW)).toBe(2)
  })

  it.each([
    ['swept', true],
    ['not yet swept', false],
  ])('does not know a key that ended, %s', async (_, isSwept) => {
    const store = await open()
    const endMs = NOW + 60_000
    await notify(store, [ada], { idempotencyKey: keyOf('k') })
    if (isSwept) await store.forgetKeys(endMs)
    const next = { fingerprint: 'request-2', expiresAtMs: endMs + 60_000 }
    const later = { idempotencyKey: keyOf('k', next), createdAtMs: endMs }
    await notify(store, [ada], later)
    expect(await store.notifications.unreadCount(ada, NOW)).toBe(2)
    await store.forgetKeys(endMs)
    const again = await store.notifications.create(notificationFor([ada], later))
    expect(again).toMatchObject({ ok: true, value: { isDuplicate: true } })
  })

  it('makes no second one by a key whose notification is deleted', async () => {
    const { notifications } = await open()
    const make = () => notifications.create(notificationFor([ada], { idempotencyKey: keyOf('k') }))
    await make()
    await notifications.deleteCreatedBefore(NOW + 1, 10)
    expect(await make()).toMatchObject({ ok: false, error: { code: 'conflict' } })
    expect(ids(await notifications.unannounced(NOW + 1, 10))).toEqual([])
  })

  it('stores nothing of a notification that cannot be stored', async () => {
    const store = await open()
    const twice = notificationFor([ada, bob, ada], { idempotencyKey: keyOf('k') })
    await expect(store.notifications.create(twice)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await store.notifications.find(twice.id, NOW)).toBeUndefined()
    expect(await store.notifications.unreadCount(bob, NOW)).toBe(0)
    await notify(store, [ada], { idempotencyKey: keyOf('k', { fingerprint: 'request-2' }) })
    expect(await store.notifications.unreadCount(ada, NOW)).toBe(1)
  })
}
