import { DeliveryError, type NotificationSender } from '@coterie/server/sender'
import { expect, it } from 'vitest'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

const asServer = { as: SERVER_KEY }

it('shows what was given up, and sends it again', async () => {
  let isTaken = false
  const sender: NotificationSender = {
    route: 'email',
    targetProblem: () => undefined,
    send: async () => {
      if (!isTaken) throw new DeliveryError('550 no such mailbox', { isPermanent: true })
    },
  }
  const { call } = await startRestHub({ senders: [sender] })
  const email = { as: 'ada', body: { email: 'ada@example.com' } }
  expect((await call('PUT', 'notification-preferences/ada', email)).status).toBe(200)
  const body = { title: 'By mail', message: '', recipients: ['ada'], channels: ['email'] }
  const created = await call('POST', 'notifications', { ...asServer, body })
  const list = async (query: string) =>
    (await call('GET', `notification-deliveries?${query}`, asServer)).body
  await expect.poll(() => list('status=dead')).toHaveLength(1)
  const [dead] = await list('status=dead&route=email&user_id=ada')
  expect(dead).toEqual({
    id: expect.any(Number),
    notification_id: created.body.id,
    user_id: 'ada',
    route: 'email',
    target: 'ada@example.com',
    status: 'dead',
    attempts: 1,
    due_at: expect.stringMatching(/Z$/),
    created_at: expect.stringMatching(/Z$/),
    last_error: '550 no such mailbox',
  })
  expect(await list(`before=${dead.id}`)).toEqual([])
  expect(await list('route=webhook')).toEqual([])
  const first = await call('GET', 'notification-deliveries?limit=1', asServer)
  expect(first.headers.get('link')).toBe(`<?limit=1&before=${dead.id}>; rel="next"`)

  isTaken = true
  const path = `notification-deliveries/${dead.id}/retry`
  expect(await call('POST', path, asServer)).toMatchObject({ status: 200, body: { id: dead.id } })
  await expect.poll(() => list('status=done')).toHaveLength(1)
  expect(await call('POST', path, asServer)).toMatchObject({ status: 409 })
  const none = await call('POST', 'notification-deliveries/999/retry', asServer)
  expect(none.status).toBe(404)
  const name = await call('POST', 'notification-deliveries/first/retry', asServer)
  expect(name).toMatchObject({ status: 400, body: { error: { details: { field: 'id' } } } })
})
