import { FakeClock, SeededRandom, testPrincipal } from '@coterie/testing'
import { expect, it } from 'vitest'
import { Tickets } from './tickets.ts'

const ada = testPrincipal('ada')

it('identify their user once, within 30 s', async () => {
  const clock = new FakeClock()
  const tickets = new Tickets(clock, new SeededRandom(1))
  const { ticket, expiresAtMs } = tickets.issue(ada)
  expect(expiresAtMs - clock.now()).toBe(30_000)
  expect(tickets.redeem(`${ticket}x`)).toBeUndefined()
  expect(tickets.redeem(ticket)).toBe(ada)
  expect(tickets.redeem(ticket), 'once').toBeUndefined()
  const late = tickets.issue(ada)
  clock.jumpWallClock(-86_400_000)
  await clock.advance(30_000)
  expect(tickets.redeem(late.ticket), 'in time').toBeUndefined()
})

it('cannot be guessed from one another', () => {
  const tickets = new Tickets(new FakeClock(), new SeededRandom(1))
  const issued = Array.from({ length: 1_000 }, () => tickets.issue(ada).ticket)
  expect(new Set(issued).size).toBe(1_000)
  expect(issued.every((ticket) => /^[\w-]{32}$/.test(ticket))).toBe(true)
})
