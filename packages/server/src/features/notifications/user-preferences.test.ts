import { createTestHub, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'

const email = 'ada@example.com'
const webhookUrl = 'https://ada.example/hook'

async function preferencesIn(hub: Awaited<ReturnType<typeof createTestHub>>['hub']) {
  const found = await hub.notifications.preferences('ada')
  return found.ok ? found.value : undefined
}

it('keeps both of two changes of preferences that come at once', async () => {
  const { hub } = await createTestHub()
  const { notifications } = hub
  await Promise.all([
    notifications.changePreferences('ada', { mutedTypes: ['task'] }),
    notifications.changePreferences('ada', { email }),
    notifications.changePreferences('ada', { routes: ['in-app', 'email'] }),
  ])
  const wanted = { mutedTypes: ['task'], email, routes: ['in-app', 'email'] }
  expect(await preferencesIn(hub)).toMatchObject(wanted)
})

it('keeps a change that comes while all is replaced, before or after it', async () => {
  const { hub } = await createTestHub()
  const { notifications } = hub
  await notifications.setPreferences('ada', { mutedTypes: ['task'] })
  await Promise.all([
    notifications.changePreferences('ada', { email }),
    notifications.setPreferences('ada', { mutedTypes: ['comment'] }),
    notifications.changePreferences('ada', { webhookUrl }),
  ])
  const kept = await preferencesIn(hub)
  expect(kept).toMatchObject({ mutedTypes: ['comment'], webhookUrl })
})

it('a change of a user does not bring back an address that was removed meanwhile', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const asked = Promise.withResolvers<void>()
  const { hub } = await createTestHub({
    notifications: {
      userAddresses: ({ route }) => {
        if (route === 'email') return false
        asked.resolve()
        return promise
      },
    },
  })
  const { notifications } = hub
  await notifications.setPreferences('ada', { email })
  const change = notifications.changePreferences('ada', { webhookUrl }, testPrincipal('ada'))
  await asked.promise
  await notifications.changePreferences('ada', { email: null })
  resolve(true)
  expect(await change).toMatchObject({ ok: true, value: { email: null, webhookUrl } })
  expect(await preferencesIn(hub)).toMatchObject({ email: null, webhookUrl })
})

it('a user who names an address again is refused where it was removed meanwhile', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const asked = Promise.withResolvers<void>()
  const { hub } = await createTestHub({
    notifications: {
      userAddresses: ({ route }) => {
        if (route === 'email') return false
        asked.resolve()
        return promise
      },
    },
  })
  const { notifications } = hub
  await notifications.setPreferences('ada', { email })
  const wanted = { email, webhookUrl }
  const set = notifications.setPreferences('ada', wanted, testPrincipal('ada'))
  await asked.promise
  await notifications.setPreferences('ada', {})
  resolve(true)
  expect(await set).toMatchObject({ error: { code: 'forbidden', details: { field: 'email' } } })
  expect(await preferencesIn(hub)).toMatchObject({ email: null, webhookUrl: null })
})
