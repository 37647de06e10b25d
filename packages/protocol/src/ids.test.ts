import { expect, it } from 'vitest'
import { formatUuidV7 } from './ids.ts'

it('formats a UUID of version 7 that begins with the time', () => {
  // The example of RFC 9562, appendix A.6.
  const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f])
  expect(formatUuidV7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
})

it('sorts by time', () => {
  const zeros = new Uint8Array(10)
  const times = [0, 1, 0xffff_ffff, 0x1_0000_0000, Date.UTC(2026, 0, 1)]
  const ids = times.map((ms) => formatUuidV7(ms, zeros))
  expect(ids.toSorted()).toEqual(ids)
})
