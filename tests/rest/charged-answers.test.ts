import { FakeClock } from '@coterie/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { closed, settled } from '../security/limits/filled-world.ts'
import { openRestHub } from './rest-hub.ts'

const BURST_BYTES = 1_048_576
const metadata = { note: 'x'.repeat(10_000) }
const limits = { answeredBytesBurst: BURST_BYTES, answeredBytesPerSecond: 65_536 }

/** A hub whose time passes only where a test says so. */
async function openCharged() {
  const clock = new FakeClock()
  const { hub, call } = await openRestHub({ clock, limits, engine: 'memory', store: 'memory' })
  onTestFinished(() => closed(hub, clock))
  const get = (path: string) => settled(clock, call('GET', path, { as: 'ada' }))
  return { clock, hub, get }
}

/** Asks for a path until it is refused; returns the bytes that were answered, and the refusal. */
async function askUntilRefused(ask: () => Promise<{ status: number; body: unknown }>) {
  let bytes = 0
  for (let n = 0; n < 400; n += 1) {
    const { status, body } = await ask()
    if (status !== 200) return { bytes, status, body }
    bytes += JSON.stringify(body).length
  }
  return { bytes, status: 200, body: undefined }
}

describe('what REST answers a user', () => {
  it.each(['notifications?page_size=100', 'notifications/{id}'])('is charged: %s', async (path) => {
    const { hub, get } = await openCharged()
    let id = ''
    for (let n = 0; n < 10; n += 1) {
      const request = { title: `${n}`, message: 'm', recipients: ['ada'], metadata }
      const created = await hub.notifications.create(request)
      id = created.ok ? created.value.id : ''
    }
    const asked = path.replace('{id}', id)
    const { bytes, status, body } = await askUntilRefused(() => get(asked))
    expect(bytes).toBeGreaterThan(BURST_BYTES / 2)
    expect(bytes).toBeLessThan(BURST_BYTES + 200_000)
    expect(status).toBe(429)
    expect(body).toMatchObject({ error: { code: 'rate_limited' } })
  })

  it('is charged also where it is stored subscriptions', async () => {
    const { hub, get } = await openCharged()
    for (let n = 0; n < 10; n += 1) {
      await hub.subscriptions.createTopicSubscription({
        userId: 'ada',
        topic: `t.${n}`,
        metadata: { note: 'x'.repeat(3_500) },
      })
    }
    const ask = () => get('subscriptions?page_size=100')
    expect(await askUntilRefused(ask)).toMatchObject({ status: 429 })
  })

  it('comes again once time has passed, and is not charged to the application', async () => {
    const { clock, hub, get } = await openCharged()
    for (let n = 0; n < 10; n += 1) {
      await hub.notifications.create({ title: 't', message: 'm', recipients: ['ada'], metadata })
    }
    const ask = () => get('notifications')
    expect(await askUntilRefused(ask)).toMatchObject({ status: 429 })
    const listed = await hub.notifications.list({ userId: 'ada' })
    expect(listed).toMatchObject({ ok: true, value: { items: { length: 10 } } })
    await clock.advance(10_000)
    expect(await ask()).toMatchObject({ status: 200 })
  })
})
