import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { NotificationId, UserId } from '@coterie/protocol'
import { FakeClock } from '@coterie/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLogger } from '../../../ports/logger.ts'
import type { Store } from '../../../ports/store.ts'
import { verifyWebhook } from '../../../routes/webhook/verify-webhook.ts'
import { createWebhookSender } from '../../../routes/webhook/webhook-sender.ts'
import { createSqliteStore } from '../../../stores/sqlite/sqlite-store.ts'
import { DeliveryWorker } from './delivery-worker.ts'

const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']
const ADA = 'ada' as UserId

// The store, the sender and the receiver are real; only time is not.
let clock: FakeClock
let store: Store
let server: Server
let worker: DeliveryWorker
let received: { id: unknown; title: string; userId: string }[]
let answer: (response: ServerResponse) => void

beforeEach(async () => {
  clock = new FakeClock()
  received = []
  answer = (response) => response.end()
  store = createSqliteStore({ path: ':memory:' })
  await store.start()
  server = createServer(async (request, response) => {
    const body = await text(request)
    const { headers } = request
    const verified = verifyWebhook({ secrets, headers, body, nowMs: clock.now() })
    if (!verified.ok) return response.writeHead(401).end()
    const { title, user_id } = JSON.parse(body)
    received.push({ id: verified.value.id, title, userId: user_id })
    return answer(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  worker = newWorker()
})

afterEach(async () => {
  await worker.stop(0)
  server.closeAllConnections()
  server.close()
  await store.close()
})

function host(): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function newWorker(): DeliveryWorker {
  return new DeliveryWorker({
    deliveries: store.deliveries,
    senders: [createWebhookSender({ secrets, allowedHosts: [host()] })],
    clock,
    random: { next: () => 0.5 },
    logger: silentLogger,
    onDone() {},
    onDead() {},
  })
}

async function notify(target = `http://${host()}/hook`, id = 'n1'): Promise<void> {
  await store.notifications.create({
    id: id as NotificationId,
    title: 'Hello',
    message: '',
    type: 'message',
    priority: 'normal',
    senderId: null,
    resourceType: null,
    resourceId: null,
    actions: [],
    metadata: {},
    channels: ['webhook'],
    createdAtMs: clock.now(),
    expiresAtMs: null,
    recipients: [
      {
        userId: ADA,
        isInApp: false,
        heldUntilMs: null,
        deliveries: [{ route: 'webhook', target, dueAtMs: clock.now() }],
      },
    ],
  })
}

async function delivery() {
  const [newest] = await store.deliveries.list({ limit: 1 })
  return newest
}

const attempts = async () => (await delivery())?.attempts
const status = async () => (await delivery())?.status

it('brings what is stored to its receiver', async () => {
  await notify()
  worker.start()
  await expect.poll(status).toBe('done')
  expect(received).toMatchObject([{ title: 'Hello', userId: ADA }])
})

it('is tried again after failures, recognisably the same, until it is taken', async () => {
  answer = (response) => response.writeHead(received.length < 3 ? 500 : 200).end('busy')
  await notify()
  worker.start()
  await expect.poll(attempts).toBe(1)
  expect(await delivery()).toMatchObject({
    status: 'waiting',
    lastError: 'the receiver answered 500: busy',
  })
  await clock.settle()
  await clock.advance(5_000)
  await expect.poll(attempts).toBe(2)
  await clock.settle()
  await clock.advance(30_000)
  await expect.poll(status).toBe('done')
  expect(await attempts()).toBe(3)
  expect(new Set(received.map(({ id }) => id)).size).toBe(1)
  expect(worker.figures().webhook).toEqual({ done: 1, retried: 2, dead: 0 })
})

it('is left alone where the receiver does not answer, and tried again', async () => {
  answer = () => {}
  await notify()
  worker.start()
  await expect.poll(() => received.length).toBe(1)
  await clock.advance(10_000)
  await expect.poll(attempts).toBe(1)
  expect(await delivery()).toMatchObject({ lastError: 'not sent within 10000 ms' })
})

it('is dead at once where its target is no public one, and can be sent again by hand', async () => {
  await notify('https://10.0.0.1/hook')
  worker.start()
  await expect.poll(status).toBe('dead')
  const dead = await delivery()
  expect(dead?.lastError).toBe(
    'a webhook goes to public addresses only, and 10.0.0.1 is not public',
  )
  await store.deliveries.revive(dead?.id ?? 0, clock.now())
  worker.wake()
  await expect.poll(attempts).toBe(1)
  expect(await status()).toBe('dead')
})

it('comes from whoever works after the process that had it died', async () => {
  await notify()
  const [claimed] = await store.deliveries.claim(clock.now(), 60_000, 1)
  expect(claimed?.attempts).toBe(0)
  worker.start()
  await clock.advance(59_000)
  expect(received).toHaveLength(0)
  await clock.advance(2_000)
  await expect.poll(status).toBe('done')
  expect(received).toHaveLength(1)
})

it('brings many, each once, by two workers', async () => {
  const other = newWorker()
  const ids = Array.from({ length: 100 }, (_, n) => `n${n}`)
  for (const id of ids) await notify(undefined, id)
  worker.start()
  other.start()
  const waiting = () => store.deliveries.list({ status: 'waiting', limit: 1 })
  await expect.poll(waiting).toEqual([])
  expect(new Set(received.map(({ id }) => id)).size).toBe(100)
  expect(received).toHaveLength(100)
  await other.stop()
})
