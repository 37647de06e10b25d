import { FakeClock } from '@coterie/testing'
import { describe, expect, it } from 'vitest'
import { NotificationId, UserId } from '../../entity-ids.ts'
import { NotificationPriority, NotificationType } from '../../named-values.ts'
import { describeNotification, Notification } from './notification.ts'
import type { NotificationFields } from './notification-fields.ts'

const plain: NotificationFields = {
  id: 'notification-123',
  title: 'New message',
  message: 'You have a new message from Jane',
  recipients: ['user-456'],
  type: 'message',
  priority: 'normal',
  senderId: 'user-789',
}

describe('a notification of plain fields', () => {
  it('is delivered, read and not expired', () => {
    const notification = new Notification({
      id: NotificationId('notification-123'),
      title: 'New message',
      message: 'You have a new message from Jane',
      recipients: [UserId('user-456')],
      type: NotificationType.MESSAGE,
      priority: NotificationPriority.NORMAL,
      senderId: UserId('user-789'),
    })
    expect(notification.status).toBe('pending')
    notification.markAsDelivered()
    expect(notification.status).toBe('delivered')
    expect(notification.isReadBy(UserId('user-456'))).toBe(false)
    expect(notification.markAsRead(UserId('user-456'))).toBe(true)
    expect(notification.isReadBy(UserId('user-456'))).toBe(true)
    expect(notification.isExpired()).toBe(false)
    expect(notification).toMatchObject({
      id: 'notification-123',
      title: 'New message',
      message: 'You have a new message from Jane',
      type: 'message',
      priority: 'normal',
      senderId: 'user-789',
      status: 'read',
      readBy: ['user-456'],
      resourceType: null,
      resourceId: null,
      actions: [],
      metadata: {},
      expiresAtMs: null,
    })
  })

  it('is shown as REST shows those of a store', () => {
    const clock = new FakeClock(Date.parse('2025-04-16T10:30:00.000Z'))
    const notification = new Notification({ ...plain, recipients: ['a', 'b', 'a'] }, clock)
    clock.jumpWallClock(1_000)
    notification.markAsRead('b')
    expect(describeNotification(notification)).toEqual({
      id: 'notification-123',
      title: 'New message',
      message: 'You have a new message from Jane',
      type: 'message',
      priority: 'normal',
      sender_id: 'user-789',
      status: 'delivered',
      recipients: ['a', 'b'],
      created_at: '2025-04-16T10:30:00.000Z',
      delivered_at: '2025-04-16T10:30:01.000Z',
      expires_at: null,
      read_by: ['b'],
      actions: [],
      resource_type: null,
      resource_id: null,
      metadata: {},
    })
  })

  it('gets an id and the defaults, and expires by the clock', () => {
    const clock = new FakeClock(1_000)
    const given = { title: 'T', message: '', recipients: ['ada'], expiresAtMs: 2_000 }
    const notification = new Notification(given, clock)
    expect(notification.id).toMatch(/^[0-9a-f-]{36}$/)
    expect(notification).toMatchObject({ type: 'system', priority: 'normal', senderId: null })
    expect(notification.isExpired()).toBe(false)
    clock.jumpWallClock(1_000)
    expect(notification.isExpired()).toBe(true)
    expect(notification.markAsRead('ada')).toBe(false)
    expect(notification.markAsRead('eve')).toBe(false)
  })

  it('has no recipients where it names none', () => {
    const notification = new Notification({ ...plain, recipients: [] })
    notification.markAsDelivered()
    expect(notification.status).toBe('pending')
    expect(notification.recipients).toEqual([])
  })

  it.each<[string, object, RegExp]>([
    ['no title', { title: '' }, /^title: expected 1–200 characters$/],
    ['no message', { message: undefined }, /^message: /],
    ['no list of recipients', { recipients: 'ada' }, /^recipients: expected a list/],
    ['a bad recipient', { recipients: ['ada', 7] }, /^recipients\.1: /],
    ['an unknown type', { type: 'shout' }, /^type: expected one of system, message, /],
    ['an unknown priority', { priority: 'asap' }, /^priority: expected one of low, /],
    ['a bad sender', { senderId: '' }, /^sender_id: /],
    ['a bad id', { id: '' }, /^id: expected 1–200 characters$/],
    ['a bad time', { expiresAtMs: Number.NaN }, /^expires_at: expected a time$/],
    ['a bad beginning', { createdAtMs: 0.5 }, /^created_at: expected a time$/],
    ['bad metadata', { metadata: [] }, /^metadata: /],
  ])('with %s is refused in one sentence', (_, wrong, message) => {
    const given = { ...plain, ...wrong } as NotificationFields
    expect(() => new Notification(given)).toThrow(message)
    expect(() => new Notification(given)).toThrow(
      expect.objectContaining({ name: 'RealtimeError', code: 'invalid_payload' }),
    )
  })
})

it.each([undefined, null, 'text', 7, []])(
  'refuses %j in the place of the fields of a notification',
  (given) => {
    expect(() => new Notification(given as never)).toThrow(
      'notification: expected an object of its fields',
    )
  },
)
