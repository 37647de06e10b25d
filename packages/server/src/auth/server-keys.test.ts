import { expect, it } from 'vitest'
import { ServerKeys } from './server-keys.ts'

const keys = new ServerKeys(['the first key', 'the second'])

it('accepts each of several keys, and nothing else', () => {
  expect(keys.accepts('the first key')).toBe(true)
  expect(keys.accepts('the second')).toBe(true)
  for (const key of ['', 'the', 'the first key ', 'the first keythe second', 'a'.repeat(100_000)]) {
    expect(keys.accepts(key)).toBe(false)
  }
})

it('accepts nothing without configured keys', () => {
  expect(new ServerKeys([]).accepts('')).toBe(false)
})
