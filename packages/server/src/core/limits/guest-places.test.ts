import type { HubOptions } from '@coterie/server'
import { createTestHub, type TestUser } from '@coterie/testing'
import { describe, expect, it } from 'vitest'

const ONE_A_SECOND = {
  joinsPerSecond: 1,
  joinsBurst: 3,
  newChannelsPerSecond: 1,
  newChannelsBurst: 3,
  answeredBytesPerSecond: 1,
  answeredBytesBurst: 40_000,
}

const setUp = (limits: HubOptions['limits'] = ONE_A_SECOND) =>
  createTestHub({
    anonymous: true,
    limits,
    channels: { 'open:*': { subscribe: 'public', publish: 'public', history: true } },
  })

/** Repeats an action until it is refused; returns how often it succeeded. */
async function untilRefused(act: (n: number) => Promise<unknown>): Promise<number> {
  for (let n = 0; n < 100; n += 1) {
    const code = await act(n).then(
      () => undefined,
      (error: { code: string }) => error.code,
    )
    if (code === 'rate_limited') return n
  }
  return Number.POSITIVE_INFINITY
}

const DEEDS: readonly [string, (user: TestUser, name: string) => Promise<unknown>][] = [
  ['subscribes', (user, name) => user.subscribe(`open:${name}`)],
  ['makes channels', (user, name) => user.publish(`open:${name}`, 'e', 1)],
]

describe.each(DEEDS)('an anonymous user who %s too often', (_, act) => {
  it('is still limited when it reconnects under another id from the same address', async () => {
    const { clock, connect } = await setUp()
    let allowed = 0
    for (let visit = 0; visit < 20; visit += 1) {
      const guest = await connect(undefined)
      allowed += await untilRefused((n) => act(guest, `${visit}-${n}`))
      guest.cut()
      await clock.settle()
    }
    expect(allowed).toBe(3)
  })

  it('takes no budget from other users of the address who come at the same time', async () => {
    const { connect } = await setUp()
    const guests = await Promise.all(Array.from({ length: 30 }, () => connect(undefined)))
    for (const [index, guest] of guests.entries()) {
      expect(await untilRefused((n) => act(guest, `${index}-${n}`))).toBe(3)
    }
  })

  it('may act again after a while', async () => {
    const { clock, connect } = await setUp()
    const guest = await connect(undefined)
    await untilRefused((n) => act(guest, `a-${n}`))
    guest.cut()
    await clock.advance(10_000)
    const late = await connect(undefined)
    expect(await untilRefused((n) => act(late, `b-${n}`))).toBe(3)
  })
})

it('charges the answer to a subscribe to a slot of the address, too', async () => {
  const { hub, clock, connect } = await setUp({ ...ONE_A_SECOND, joinsBurst: 100 })
  for (let n = 0; n < 3; n += 1) await hub.publish('open:full', 'e', 'x'.repeat(4_000))
  const read = async (): Promise<number> => {
    const guest = await connect(undefined)
    const count = await untilRefused(() => guest.subscribe('open:full', { recent: 3 }))
    guest.cut()
    await clock.settle()
    return count
  }
  expect(await read()).toBe(3)
  expect(await read()).toBe(0)
})

it('charges acknowledgements of anonymous users, under whatever id they return', async () => {
  const { clock, connect } = await setUp()
  const ids = Array.from({ length: 100 }, (_, n) => `n-${n}`)
  let allowed = 0
  for (let visit = 0; visit < 4; visit += 1) {
    const guest = await connect(undefined)
    allowed += await untilRefused(() => guest.request({ type: 'ack', notifications: ids }))
    guest.cut()
    await clock.settle()
  }
  expect(allowed).toBeLessThan(60)
})

it('keeps nothing of users who have gone', async () => {
  const { hub, clock, connect } = await setUp()
  const guests = await Promise.all(Array.from({ length: 5 }, () => connect(undefined)))
  await Promise.all(guests.map((guest) => guest.subscribe('open:1')))
  expect(hub.limits.guests.size).toBe(1)
  for (const guest of guests) guest.cut()
  await clock.settle()
  expect(hub.limits.guests.size).toBe(0)
})

it('charges both connections of one anonymous user to one slot', async () => {
  const { connect } = await setUp()
  const guest = await connect(undefined)
  const { identity } = await guest.sees('connection')
  const tab = await connect(undefined)
  await tab.request({ type: 'auth', identity })
  expect(await untilRefused((n) => guest.subscribe(`open:a${n}`))).toBe(3)
  expect(await untilRefused((n) => tab.subscribe(`open:b${n}`))).toBe(0)
})
