import { expect, it } from 'vitest'
import { operationsOf, readDocument } from './checked-fetch.ts'
import { SERVER_KEY, startRestHub } from './rest-hub.ts'

const as = SERVER_KEY
const MADE = 105

async function start() {
  const { hub, call } = await startRestHub({ limits: { subscriptionsPerUser: 1_000 } })
  for (let index = 0; index < MADE; index += 1) {
    await hub.notifications.create({ title: 't', message: 'm', recipients: ['ada'] })
    await hub.subscriptions.createTopicSubscription({ userId: 'ada', topic: 'new-posts' })
  }
  const document = await readDocument((request) => hub.fetch(request))
  const paged = operationsOf(document).filter(({ operation }) =>
    operation.parameters?.some(({ name }) => name === 'page_size'),
  )
  return { call, paged }
}

it('every list takes a page size of more than 100 as 100', async () => {
  const { call, paged } = await start()
  expect(paged.length).toBeGreaterThanOrEqual(2)
  for (const { method, path } of paged) {
    for (const size of [101, 500, 5_000, 2 ** 40]) {
      const answer = await call(method, `${path}?user_id=ada&page_size=${size}`, { as })
      const next = answer.headers.get('link')
      expect([path, size, answer.status, answer.body.length, next]).toEqual([
        path,
        size,
        200,
        100,
        expect.stringContaining('cursor='),
      ])
    }
    const second = await call(method, `${path}?user_id=ada&page_size=5000&page=2`, { as })
    expect([path, second.body.length]).toEqual([path, MADE - 100])
  }
})

it('every list refuses page sizes that are below 1 or not whole numbers', async () => {
  const { call, paged } = await start()
  for (const { method, path } of paged) {
    for (const size of ['0', '-1', '1.5', 'all']) {
      const answer = await call(method, `${path}?user_id=ada&page_size=${size}`, { as })
      expect([path, size, answer.status, answer.body.error.details.field]).toEqual([
        path,
        size,
        400,
        'page_size',
      ])
    }
  }
})
