import type { ChannelEvent } from '@coterie/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { eventAt } from '../scripted/scripted-world.ts'
import { EventSequence } from './event-sequence.ts'

const event = (position: string) => eventAt(position) as unknown as ChannelEvent

function createSequence() {
  const delivered: (string | undefined)[] = []
  const sequence = new EventSequence(({ position }) => delivered.push(position))
  return { sequence, delivered }
}

it('takes an event of another epoch for a new one, whatever its offset', () => {
  const { sequence, delivered } = createSequence()
  for (const position of ['e:5', 'f:1', 'f:1', 'f:2']) sequence.receive(event(position))
  expect(delivered).toEqual(['e:5', 'f:1', 'f:2'])
  expect(sequence.since).toBe('f:2')
})

it('never moves back', () => {
  const { sequence } = createSequence()
  sequence.advance('e:5')
  sequence.advance('e:3')
  sequence.advance(null)
  expect(sequence.since).toBe('e:5')
})

it('lets an event with a position that nobody can read through', () => {
  const { sequence, delivered } = createSequence()
  sequence.advance('e:5')
  sequence.receive(event('odd'))
  expect(delivered).toEqual(['odd'])
  expect(sequence.since).toBe('e:5')
})

it('counts the positions of a pattern, whatever the channels count', () => {
  const delivered: unknown[] = []
  const sequence = new EventSequence(({ id }) => delivered.push(id), 'pattern_position')
  const of = (id: string, position: string, pattern_position: string) =>
    eventAt(position, { id, pattern_position }) as unknown as ChannelEvent
  sequence.receive(of('a', 'x:9', 'p:3'))
  sequence.receive(of('b', 'y:1', 'p:7'))
  sequence.receive(of('a again', 'x:9', 'p:3'))
  sequence.receive(of('c', 'x:10', 'p:8'))
  expect(delivered).toEqual(['a', 'b', 'c'])
  expect(sequence.since).toBe('p:8')
})

it('holds no more than 10,000 events, and says so', () => {
  const { sequence, delivered } = createSequence()
  const flood = (count: number) => {
    for (let offset = 1; offset <= count; offset += 1) sequence.receive(event(`e:${offset}`))
  }
  sequence.hold()
  flood(10_000)
  expect(sequence.release()).toBe(true)
  sequence.reset()
  sequence.hold()
  flood(10_001)
  expect(sequence.release()).toBe(false)
  expect(delivered).toHaveLength(20_000)
  expect(sequence.since).toBe('e:10000')
  sequence.hold()
  expect(sequence.release()).toBe(true)
})

/** One life of a link: live events, each sent again or not; then missed ones; then a join. */
const life = fc.record({
  live: fc.array(fc.nat({ max: 2 }), { maxLength: 5 }),
  missed: fc.nat({ max: 5 }),
  // Live events that come before the reply: covered by it, or newer than it.
  covered: fc.nat({ max: 3 }),
  newer: fc.nat({ max: 3 }),
})

it('hands every event over once, in order, through any cuts and replays', () => {
  fc.assert(
    fc.property(fc.array(life, { maxLength: 20 }), (lives) => {
      const { sequence, delivered } = createSequence()
      sequence.advance('e:0')
      let top = 0
      const next = () => event(`e:${++top}`)
      for (const { live, missed, covered, newer } of lives) {
        for (const repeats of live) {
          const sent = next()
          for (let n = 0; n <= repeats; n += 1) sequence.receive(sent)
        }
        const seen = top
        top += missed
        sequence.hold()
        for (let n = 0; n < covered; n += 1) sequence.receive(next())
        const replyAt = top
        for (let n = 0; n < newer; n += 1) sequence.receive(next())
        expect(sequence.since).toBe(`e:${seen}`)
        const replay = Array.from({ length: replyAt - seen }, (_, n) => event(`e:${seen + n + 1}`))
        sequence.replay(replay)
        sequence.advance(`e:${replyAt}`)
        sequence.release()
      }
      expect(delivered).toEqual(Array.from({ length: top }, (_, n) => `e:${n + 1}`))
    }),
  )
})
