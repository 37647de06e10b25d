import type { PasswordHasher } from '@coterie/server'
import { createTestHub, FakeClock, type TestUser } from '@coterie/testing'
import { describe, expect, it } from 'vitest'

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

/** Takes a tenth of a second for each hash, and counts what is asked of it. */
class SlowHasher implements PasswordHasher {
  readonly concurrent = 2
  readonly looked: string[] = []
  /** The most that were under way at once. */
  most = 0
  #running = 0
  #salt = 0
  readonly #clock: FakeClock

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  async hash(password: string): Promise<string> {
    this.#salt += 1
    return `${this.#salt}:${password}`
  }

  async verify(given: string, hash: string): Promise<boolean> {
    this.looked.push(given)
    this.#running += 1
    this.most = Math.max(this.most, this.#running)
    await new Promise<void>((resolve) => this.#clock.setTimer(resolve, 100))
    this.#running -= 1
    return hash.endsWith(`:${given}`)
  }
}

async function createMadeRooms(count: number) {
  const clock = new FakeClock()
  const hasher = new SlowHasher(clock)
  const world = await createTestHub({ ...options, rooms: {}, clock, passwordHasher: hasher })
  const rooms = Array.from({ length: count }, (_, n) => `r${n}`)
  for (const id of rooms) await world.hub.rooms.create(id, { password: 'sesame' })
  return { ...world, hasher, rooms }
}

const countOf = (codes: readonly string[], code: string): number =>
  codes.filter((each) => each === code).length

describe('guesses over many rooms', () => {
  it.each([
    ['of the configuration', true],
    ['made since', false],
  ])('are 20 a minute for a user, in rooms %s', async (_, isDeclared) => {
    const names = Array.from({ length: 40 }, (_each, n) => `r${n}`)
    const rooms = Object.fromEntries(names.map((id) => [id, { password: 'sesame' }]))
    const { connect, hub, clock } = await createTestHub({
      ...options,
      rooms: isDeclared ? rooms : {},
    })
    if (!isDeclared) for (const id of names) await hub.rooms.create(id, { password: 'sesame' })
    const eve = await connect('eve')
    const codes: string[] = []
    for (const id of names) codes.push(await enter(eve, 'wrong', id))
    expect([countOf(codes, 'wrong_password'), countOf(codes, 'rate_limited')]).toEqual([20, 20])
    expect(await enter(eve, 'sesame', 'r39')).toBe('rate_limited')
    expect(await enter(await connect('ada'), 'sesame', 'r39')).toBe('entered')
    expect(hub.figures().refused.passwords).toBe(21)
    await clock.advance(60_000)
    expect(await enter(eve, 'sesame', 'r39')).toBe('entered')
  })

  it('are 100 a minute for an address, whoever makes them', async () => {
    const names = Array.from({ length: 40 }, (_, n) => `r${n}`)
    const rooms = Object.fromEntries(names.map((id) => [id, { password: 'sesame' }]))
    const { connect, hub } = await createTestHub({ ...options, rooms })
    const codes: string[] = []
    for (let n = 0; n < 120; n += 1) {
      const eve = await connect(`eve-${Math.floor(n / 5)}`)
      codes.push(await enter(eve, 'wrong', `r${n % 40}`))
      eve.cut()
    }
    expect([countOf(codes, 'wrong_password'), countOf(codes, 'rate_limited')]).toEqual([100, 20])
    expect(hub.figures().refused.addressPasswords).toBe(20)
  })

  it('never count right passwords, however many rooms one enters at once', async () => {
    const { connect, rooms } = await createMadeRooms(16)
    for (let n = 0; n < 5; n += 1) {
      const tab = await connect('ada')
      const codes = await Promise.all(rooms.map((id) => enter(tab, 'sesame', id)))
      expect(countOf(codes, 'entered')).toBe(16)
    }
  })
})

describe('hashes', () => {
  it('run a few at a time, and past a short queue there is no waiting', async () => {
    const { connect, hub, hasher, rooms } = await createMadeRooms(20)
    const eve = await connect('eve')
    const codes = await Promise.all(rooms.map((id) => enter(eve, 'wrong', id)))
    expect([countOf(codes, 'wrong_password'), countOf(codes, 'unavailable')]).toEqual([18, 2])
    expect(hasher.most).toBe(2)
    expect(hasher.looked).toHaveLength(18)
    expect(hub.figures().refused.passwordHashes).toBe(2)
  })

  it('are one for all who come with the same password at once', async () => {
    const { connect, hasher } = await createMadeRooms(1)
    const users = await Promise.all(Array.from({ length: 100 }, (_, n) => connect(`u${n}`)))
    const codes = await Promise.all(users.map((user) => enter(user, 'sesame', 'r0')))
    expect(countOf(codes, 'entered')).toBe(100)
    expect(hasher.looked).toEqual(['sesame'])
  })
})
