import { expect, it } from 'vitest'
import { FrameJoiner } from './frame-joiner.ts'

const frame = (text: string) => ({ bytes: Buffer.from(text) })

it('joins frames in their order, and hands the same buffer to who has the same frames', () => {
  const joiner = new FrameJoiner()
  const [a, b, c] = [frame('a'), frame('b'), frame('c')]
  const joined = joiner.join([a, b])
  expect(Buffer.from(joined ?? []).toString()).toBe('ab')
  expect(joiner.join([a, b])).toBe(joined)
  expect(Buffer.from(joiner.join([b, a]) ?? []).toString()).toBe('ba')
  expect(Buffer.from(joiner.join([a, b, c]) ?? []).toString()).toBe('abc')
})

it('does not copy what is long', () => {
  expect(new FrameJoiner().join([frame('x'.repeat(40_000)), frame('x'.repeat(40_000))])).toBe(
    undefined,
  )
})
