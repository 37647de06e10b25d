import { expect, it } from 'vitest'
import { systemRandom } from '../system/system-random.ts'
import { createScryptHasher } from './scrypt-hasher.ts'

it('verifies the right password, and no other one', async () => {
  const hasher = createScryptHasher(systemRandom)
  const hash = await hasher.hash('öpen sesame')
  expect(hash).not.toContain('sesame')
  expect(await hasher.hash('öpen sesame'), 'salted').not.toBe(hash)
  expect(await hasher.verify('öpen sesame', hash)).toBe(true)
  expect(await hasher.verify('o\u0308pen sesame', hash), 'typed on another keyboard').toBe(true)
  expect(await hasher.verify('open sesame', hash)).toBe(false)
  expect(await hasher.verify('öpen sesame', 'plain:öpen sesame')).toBe(false)
})

it('leaves threads of the pool free for verifying tokens', () => {
  const { concurrent = Number.NaN } = createScryptHasher(systemRandom)
  expect(concurrent).toBeGreaterThanOrEqual(1)
  expect(concurrent).toBeLessThanOrEqual(2)
})
