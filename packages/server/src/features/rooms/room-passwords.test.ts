import { createTestHub, type TestUser } from '@coterie/testing'
import { expect, it } from 'vitest'

const options = {
  channels: { 'room:*': { subscribe: 'public' as const } },
  rooms: { board: { password: 'open sesame' }, cellar: { password: 'mellon' } },
  anonymous: true,
}

/** Returns the code that entering is refused with. */
async function enter(user: TestUser, password: string, room = 'board'): Promise<string> {
  const entered = user.subscribe(`room:${room}`, { password }).then(() => 'entered')
  return entered.catch(({ code }: { code: string }) => code)
}

it('counts wrong passwords over all tabs and connections of a user', async () => {
  const { connect, hub } = await createTestHub(options)
  for (let n = 0; n < 5; n += 1) {
    expect(await enter(await connect('eve'), `${n}`)).toBe('wrong_password')
  }
  const tab = await connect('eve')
  expect(await enter(tab, 'open sesame')).toBe('rate_limited')
  tab.cut()
  await tab.connect()
  expect(await enter(tab, 'open sesame')).toBe('rate_limited')
  expect(await enter(tab, 'mellon', 'cellar')).toBe('entered')
  expect(hub.figures().refused.roomPasswords).toBe(2)
})

it('looks at five of a hundred that come at once', async () => {
  const { connect } = await createTestHub(options)
  const eve = await connect('eve')
  const codes = await Promise.all(Array.from({ length: 90 }, (_, n) => enter(eve, `${n}`)))
  expect(codes.filter((code) => code === 'wrong_password')).toHaveLength(5)
})

it('counts those of anonymous users for their address: each connection is another user', async () => {
  const { connect } = await createTestHub(options)
  for (let n = 0; n < 5; n += 1) {
    expect(await enter(await connect(undefined), `${n}`)).toBe('wrong_password')
  }
  expect(await enter(await connect(undefined), 'open sesame')).toBe('rate_limited')
  expect(await enter(await connect('ada'), 'open sesame')).toBe('entered')
})

it('counts no right password, however often somebody comes', async () => {
  const { connect } = await createTestHub(options)
  for (let n = 0; n < 20; n += 1) {
    expect(await enter(await connect(undefined), 'open sesame')).toBe('entered')
  }
})
