import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { silentLogger } from '../ports/logger.ts'
import { ClientAddresses } from './client-address.ts'

const proxies = ['127.0.0.1', '10.0.0.0/8', '2001:db8:1::/48']

function addressOf(
  peer: string | undefined,
  forwardedFor?: string,
  trusted: readonly string[] = proxies,
): string {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  const request = { socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage
  return new ClientAddresses(trusted, silentLogger).of(request)
}

it.each([
  ['203.0.113.9', undefined, '203.0.113.9'],
  ['::ffff:203.0.113.9', undefined, '203.0.113.9'],
  ['fe80::1%eth0', undefined, 'fe80::1'],
  [undefined, '203.0.113.9', ''],
])('of a socket from %s that brings %s it is %s', (peer, forwardedFor, expected) => {
  expect(addressOf(peer, forwardedFor)).toBe(expected)
})

it('is the address of the peer if that is not a trusted proxy, whatever its headers say', () => {
  expect(addressOf('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9')
  expect(addressOf('127.0.0.1', '198.51.100.1', [])).toBe('127.0.0.1')
})

it.each([
  ['one that one proxy saw', '198.51.100.1', '198.51.100.1'],
  ['the last that no trusted proxy has', '192.0.2.66, 198.51.100.1, 10.1.2.3', '198.51.100.1'],
  ['not what the client itself wrote', '10.0.0.5, 192.0.2.66,198.51.100.1', '198.51.100.1'],
  ['the first where all are proxies', '10.0.0.5, 10.1.2.3', '10.0.0.5'],
  ['one with its port', '198.51.100.1:4711', '198.51.100.1'],
  ['IPv6', '2001:DB8:0:0::7', '2001:db8::7'],
  ['IPv6 with its port', '[2001:db8::7]:4711', '2001:db8::7'],
  ['IPv4 within IPv6', '::ffff:198.51.100.1', '198.51.100.1'],
  ['behind a proxy of IPv6', '198.51.100.1, 2001:db8:1::2', '198.51.100.1'],
  ['the proxy where it says nothing', '', '127.0.0.1'],
  ['the proxy where it says what is no address', '198.51.100.1, unknown', '127.0.0.1'],
  ['the last proxy before what is no address', '198.51.100.1, _x, 10.1.2.3', '10.1.2.3'],
  ['not a number that some read as an address', '3232235777', '127.0.0.1'],
])('behind trusted proxies it is %s', (_, forwardedFor, expected) => {
  expect(addressOf('::ffff:127.0.0.1', forwardedFor)).toBe(expected)
})

it('warns the operator once about a proxy that is not trusted', () => {
  const told: unknown[] = []
  const logger = { ...silentLogger, warn: (fields: object) => told.push(fields) }
  const addresses = new ClientAddresses([], logger)
  const request = {
    socket: { remoteAddress: '10.0.0.1' },
    headers: { 'x-forwarded-for': '198.51.100.1' },
  } as unknown as IncomingMessage
  for (let n = 0; n < 3; n += 1) addresses.of(request)
  expect(told).toEqual([{ peer: '10.0.0.1' }])
})
