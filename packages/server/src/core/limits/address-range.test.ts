import { expect, it } from 'vitest'
import { parseAddressRange } from './address-range.ts'

it.each([
  ['10.1.2.3', { address: '10.1.2.3', prefix: 32, family: 'ipv4' }],
  ['10.0.0.0/8', { address: '10.0.0.0', prefix: 8, family: 'ipv4' }],
  ['2001:db8::/48', { address: '2001:db8::', prefix: 48, family: 'ipv6' }],
  ['::1', { address: '::1', prefix: 128, family: 'ipv6' }],
])('reads %s', (text, range) => {
  expect(parseAddressRange(text)).toEqual(range)
})

it.each([
  '',
  'localhost',
  '10.0.0',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '1',
  '10.0.0.0/-1',
])('refuses %j', (text) => {
  expect(parseAddressRange(text)).toBeUndefined()
})
