import { FakeClock } from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { openRestHub, SERVER_KEY } from '../../rest/rest-hub.ts'

/** A clock whose ticks come one by one. */
class SteppedClock extends FakeClock {
  #due: (() => void)[] = []

  override afterTick(run: () => void): void {
    this.#due.push(run)
  }

  async tick(): Promise<void> {
    const due = this.#due
    this.#due = []
    for (const run of due) run()
    await arrived()
  }
}

/** Lets requests come as far as they do within a tick. */
async function arrived(): Promise<void> {
  for (let n = 0; n < 50; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

async function setUp() {
  const clock = new SteppedClock()
  const limits = { userRequestsPerSecond: 0, requestsPerSecond: 0 }
  const { hub, call } = await openRestHub({ clock, limits, engine: 'memory', store: 'memory' })
  onTestFinished(async () => {
    let isClosed = false
    const closing = hub.close().then(() => {
      isClosed = true
    })
    while (!isClosed) await clock.tick()
    await closing
  })
  const answered: string[] = []
  const ask = (as: string, method: string, path: string, body?: object): Promise<unknown> =>
    call(method, path, { as, body }).then(({ status }) => answered.push(`${as} ${status}`))
  const publish = () =>
    ask(SERVER_KEY, 'POST', 'publish', { channel: 'room:1', event: 'e', payload: 'x' })
  return { clock, answered, ask, publish }
}

it('serves some hundreds of requests in a tick, and a user between those of another', async () => {
  const { clock, answered, ask } = await setUp()
  const asked = Array.from({ length: 400 }, () => ask('eve', 'GET', 'notifications?user_id=eve'))
  await arrived()
  expect(answered.length).toBeLessThanOrEqual(256)
  asked.push(ask('ada', 'GET', 'notifications?user_id=ada'))
  await arrived()
  await clock.tick()
  expect(answered).toContain('ada 200')
  while (answered.length < 401) {
    const before = answered.length
    await clock.tick()
    expect(answered.length - before).toBeLessThanOrEqual(256)
  }
  await Promise.all(asked)
})

it('lets users take turns with what the application publishes', async () => {
  const { clock, answered, ask, publish } = await setUp()
  const asked = Array.from({ length: 350 }, publish)
  await arrived()
  expect(answered.length).toBeLessThanOrEqual(256)
  asked.push(ask('ada', 'GET', 'notifications?user_id=ada'))
  await arrived()
  await clock.tick()
  expect(answered).toContain('ada 200')
  while (answered.length < 351) await clock.tick()
  await Promise.all(asked)
})
