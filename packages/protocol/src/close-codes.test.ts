import { expect, it } from 'vitest'
import { mayReconnect } from './close-codes.ts'

it.each([1001, 1005, 1006, 1011, 1012, 1013, 1014, 4000, 4008, 4009, 4029, 4030, 4499])(
  'reconnects after %i',
  (code) => expect(mayReconnect(code)).toBe(true),
)

it.each([1007, 1009, 4500, 4501, 4503, 4999])('does not reconnect after %i', (code) =>
  expect(mayReconnect(code)).toBe(false),
)
