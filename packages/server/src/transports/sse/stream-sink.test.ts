import { expect, it } from 'vitest'
import { bodySink } from './stream-sink.ts'

it('accepts writes to a reader who has left, and reports that once', async () => {
  let closed = 0
  const onClose = () => {
    closed += 1
  }
  const { sink, body } = bodySink({ onDrain: () => {}, onClose })
  sink.write(Buffer.from('a'))
  await body.cancel()
  sink.write(Buffer.from('b'))
  sink.end()
  sink.destroy()
  expect(sink.bufferedBytes).toBe(0)
  expect(closed).toBe(1)
})
