import { expect, it } from 'vitest'
import type { NotificationSender } from '../../ports/notification-sender.ts'
import type { NotificationPreferences } from '../../ports/preference-repository.ts'
import { DEFAULT_PREFERENCES, preferencesProblem } from './preferences.ts'

const whole: NotificationPreferences = {
  mutedTypes: ['comment', 'update'],
  quietHours: { start: '22:00', end: '07:00', timeZone: 'Europe/Berlin' },
  routes: ['in-app', 'email', 'webhook'],
  email: 'ada@example.com',
  webhookUrl: 'https://example.com/hook',
}

it('takes the defaults, and all that can be said', () => {
  expect(preferencesProblem(DEFAULT_PREFERENCES)).toBeUndefined()
  expect(preferencesProblem(whole)).toBeUndefined()
})

const hours = { start: '22:00', end: '07:00', timeZone: 'UTC' }

it.each([
  [{ mutedTypes: ['gossip'] }, 'mutedTypes.0'],
  [{ routes: ['pigeon'] }, 'routes.0'],
  [{ routes: [] }, 'routes'],
  [{ quietHours: { ...hours, start: '7:00' } }, 'quietHours.start: expected HH:MM'],
  [{ quietHours: { ...hours, end: '24:00' } }, 'quietHours.end: expected HH:MM'],
  [{ quietHours: { ...hours, timeZone: 'Mars/Olympus' } }, 'quietHours.timeZone: expected an IANA'],
  [{ quietHours: { ...hours, timeZone: '+02:00' } }, 'quietHours.timeZone: expected an IANA'],
  [{ quietHours: { start: '22:00', end: '07:00' } }, 'quietHours.timeZone'],
  [{ email: 'ada' }, 'email: expected an address'],
  [{ email: 'ada@example.com, bob@example.com' }, 'email: expected an address'],
  [{ email: 'ada@example.com\r\nBcc: bob@example.com' }, 'email: expected an address'],
  [{ email: `${'a'.repeat(64)}@${'b'.repeat(200)}.com` }, 'email'],
  [{ webhookUrl: '/hook' }, 'webhookUrl: expected an absolute https URL'],
  [{ webhookUrl: 'ftp://example.com' }, 'webhookUrl: expected an absolute https URL'],
  [{ webhookUrl: 'https://ada:secret@example.com' }, 'webhookUrl: expected an absolute https URL'],
  [{ webhookUrl: `https://example.com/${'a'.repeat(2_048)}` }, 'webhookUrl'],
  [{ color: 'red' }, 'color'],
])('refuses %o, naming the field', (change, problem) => {
  const preferences = { ...whole, ...change } as unknown as NotificationPreferences
  expect(preferencesProblem(preferences)).toContain(problem)
})

it('asks the senders where they would not send', () => {
  const sender: NotificationSender = {
    route: 'webhook',
    async send() {},
    targetProblem: (target) => (target.includes('example.com') ? 'not there' : undefined),
  }
  expect(preferencesProblem(whole, [sender])).toBe('webhookUrl: not there')
  expect(preferencesProblem({ ...whole, webhookUrl: null }, [sender])).toBeUndefined()
})
