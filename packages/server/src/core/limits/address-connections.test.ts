import { FakeClock } from '@coterie/testing'
import { expect, it } from 'vitest'
import type { Connection } from '../connection.ts'
import type { AddressBounds } from './address-connections.ts'
import { Limits } from './limits.ts'

const NONE = { perSecond: 0, burst: 0 }
const OPEN: AddressBounds = { connectionsPerAddress: 0, unidentifiedPerAddress: 0 }

function connectionsOf(bounds: Partial<AddressBounds>, connects = NONE) {
  const clock = new FakeClock()
  const rates = {
    failedAuths: NONE,
    requests: NONE,
    userRequests: NONE,
    userFrames: NONE,
    userBytes: NONE,
    newChannels: NONE,
    joins: NONE,
    answers: NONE,
    acknowledgements: NONE,
    replans: NONE,
    eventNotifications: NONE,
    eventRoutes: NONE,
    roomPasswords: NONE,
    passwords: NONE,
    addressPasswords: NONE,
  }
  const { connections, figures } = new Limits({ ...OPEN, ...bounds, connects, ...rates }, clock)
  const admit = (address: string): (() => void) | undefined => {
    const admitted = connections.admit(address)
    return admitted.ok ? admitted.value : undefined
  }
  return { connections, figures, admit, clock }
}

const from = (remoteAddress: string): Connection =>
  ({ transport: { remoteAddress } }) as unknown as Connection

it('allows a number of open connections per address, and one more after one ended', () => {
  const { connections, figures, admit } = connectionsOf({ connectionsPerAddress: 2 })
  const end = admit('192.0.2.1')
  admit('192.0.2.1')
  expect(connections.admit('192.0.2.1')).toMatchObject({
    ok: false,
    error: { code: 'rate_limited', details: { retry_after_ms: 5_000 } },
  })
  expect(admit('192.0.2.2')).toBeDefined()
  end?.()
  end?.()
  expect(admit('192.0.2.1')).toBeDefined()
  expect(admit('192.0.2.1')).toBeUndefined()
  expect(figures.connections).toBe(2)
})

it('counts an IPv6 network as one address', () => {
  const { admit } = connectionsOf({ connectionsPerAddress: 2 })
  admit('2001:db8:1:2::1')
  admit('2001:db8:1:2:ffff::1')
  expect(admit('2001:db8:1:2:3:4:5:6')).toBeUndefined()
  expect(admit('2001:db8:1:3::1')).toBeDefined()
})

it('limits connections that have not authenticated', () => {
  const { connections, figures, admit } = connectionsOf({ unidentifiedPerAddress: 2 })
  const end = admit('192.0.2.1')
  admit('192.0.2.1')
  expect(admit('192.0.2.1')).toBeUndefined()
  const ada = from('192.0.2.1')
  connections.onIdentified(ada)
  connections.onIdentified(ada)
  expect(admit('192.0.2.1')).toBeDefined()
  expect(admit('192.0.2.1')).toBeUndefined()
  end?.()
  connections.onEnded(ada)
  connections.onEnded(ada)
  expect(admit('192.0.2.1')).toBeUndefined()
  expect(figures.unidentified).toBe(3)
})

it('limits how fast connections are opened', async () => {
  const { figures, admit, clock } = connectionsOf({}, { perSecond: 1, burst: 2 })
  expect([admit('192.0.2.1'), admit('192.0.2.1'), admit('192.0.2.1')].map(Boolean)).toEqual([
    true,
    true,
    false,
  ])
  await clock.advance(1_000)
  expect(admit('192.0.2.1')).toBeDefined()
  expect(figures.connects).toBe(1)
})

it('does not limit connections of an unknown address', () => {
  const { admit } = connectionsOf({ connectionsPerAddress: 1 }, { perSecond: 1, burst: 1 })
  for (let n = 0; n < 10; n += 1) expect(admit('')).toBeDefined()
})

it('keeps nothing of 200,000 addresses whose connections have ended', () => {
  const { connections, admit } = connectionsOf({ connectionsPerAddress: 1 })
  for (let n = 0; n < 200_000; n += 1) admit(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)?.()
  expect(connections.size).toBe(0)
})
