import { expect, it } from 'vitest'
import { FrameJoiner } from './frame-joiner.ts'

const frame = (text: string) => ({ chunks: [Buffer.from(text)], length: text.length })

it('returns one shared buffer for equal frames, from the second receiver on', () => {
  const joiner = new FrameJoiner()
  const [a, b, c] = [frame('a'), frame('b'), frame('c')]
  expect(joiner.join([a, b])).toBeUndefined()
  const joined = joiner.join([a, b])
  expect(Buffer.from(joined ?? []).toString()).toBe('ab')
  expect(joiner.join([a, b])).toBe(joined)
  expect(joiner.join([b, a])).toBeUndefined()
  expect(Buffer.from(joiner.join([b, a]) ?? []).toString()).toBe('ba')
  expect(joiner.join([b, a, c])).toBeUndefined()
})

it('does not copy long frames', () => {
  const joiner = new FrameJoiner()
  const long = [frame('x'.repeat(40_000)), frame('x'.repeat(40_000))]
  expect([joiner.join(long), joiner.join(long)]).toEqual([undefined, undefined])
})
