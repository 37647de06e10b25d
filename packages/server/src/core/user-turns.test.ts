import { ok, type Result } from '@coterie/protocol'
import { createMemoryEngine, type HubOptions } from '@coterie/server'
import { type Engine, MemoryBackplane } from '@coterie/server/engine'
import { createTestHub, FakeClock, SeededRandom, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { Principal } from '../ports/principal.ts'

/** A clock that reports the end of each tick. */
class CountedTicks extends FakeClock {
  onTick: () => void = () => {}
  #isArmed = false

  override afterTick(run: () => void): void {
    if (!this.#isArmed) {
      this.#isArmed = true
      super.afterTick(() => {
        this.#isArmed = false
        this.onTick()
      })
    }
    super.afterTick(run)
  }
}

/** Opens very many connections whose tokens are all verified at the same moment. */
async function signingIn(count: number, limits: HubOptions['limits'] = {}) {
  const clock = new CountedTicks()
  const verified = Promise.withResolvers<void>()
  const authenticate = async (token: string): Promise<Result<Principal>> => {
    if (token !== 'late') await verified.promise
    return ok(testPrincipal(token))
  }
  const random = new SeededRandom(1)
  const backplane = new MemoryBackplane(clock, random)
  const memory = createMemoryEngine({ clock, random, backplane })
  const joined: string[] = []
  const engine: Engine = {
    ...memory,
    async join(pattern) {
      joined.push(pattern)
    },
  }
  const authenticator = { authenticate }
  const world = await createTestHub({ clock, limits, engine, authenticator })
  const strangers = await Promise.all(Array.from({ length: count }, () => world.connect(undefined)))
  for (const [n, stranger] of strangers.entries()) {
    stranger.send({ type: 'auth', token: `u${n}` })
    stranger.send({ type: 'subscribe', channel: `room:${n}`, id: 's' })
  }
  await clock.advance(5)
  joined.length = 0
  return { ...world, clock, strangers, verified, joined }
}

it('admits connections in turns when their tokens are verified at the same moment', async () => {
  const { clock, verified, joined, connect } = await signingIn(600)
  const late = await connect(undefined)
  const perTick: number[] = []
  clock.onTick = () => perTick.push(joined.length)
  verified.resolve()
  await Promise.resolve()
  late.send({ type: 'auth', token: 'late' })
  late.send({ type: 'subscribe', channel: 'room:late' })
  await clock.advance(5)
  const most = Math.max(...perTick.map((count, n) => count - (perTick[n - 1] ?? 0)))
  // Each joins its own channel in one turn, and the room in another.
  expect(joined.filter((channel) => channel.startsWith('room:'))).toHaveLength(601)
  expect(most).toBeLessThanOrEqual(256)
})

it("keeps the order of a client's token and later messages", async () => {
  const { clock, strangers, verified } = await signingIn(1)
  const [eve] = strangers
  const publish = (n: number): void =>
    eve?.send({ type: 'publish', channel: 'room:0', event: 'e', payload: n, id: `${n}` })
  for (let n = 0; n < 50; n += 1) publish(n)
  await clock.advance(5)
  publish(50)
  verified.resolve()
  await clock.advance(1)
  publish(51)
  await clock.advance(10)
  expect(eve?.payloads('room:0')).toEqual(Array.from({ length: 52 }, (_, n) => n))
})

it('does not count users whose connection ended while the token was verified', async () => {
  const { clock, strangers, verified, connect } = await signingIn(1, { connectionsPerUser: 1 })
  for (const stranger of strangers) stranger.cut()
  await clock.advance(5)
  verified.resolve()
  await clock.advance(5)
  const back = await connect(undefined)
  expect(await back.request({ type: 'auth', token: 'u0' })).toMatchObject({ user_id: 'u0' })
})
