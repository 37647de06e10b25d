import type { Position } from '@coterie/protocol'
import { expect, it } from 'vitest'
import { judgeStreams, type StreamTold } from './judge-streams.ts'
import { ReferenceLog } from './reference-log.ts'

const CHANNEL = 'log:1'
const at = (offset: number): Position => ({ epoch: 'x', offset })

const log = new ReferenceLog(CHANNEL)
for (let n = 1; n <= 6; n += 1) log.add(`e${n}`, `x:${n}`)

const opened = (top = 0, channels = [CHANNEL]): StreamTold => ({
  kind: 'opened',
  channels,
  tops: new Map([[CHANNEL, at(top)]]),
})
const event = (n: number, id = `e${n}`): StreamTold => ({
  kind: 'event',
  event: { type: 'event', data: { channel: CHANNEL, id, position: `x:${n}` } },
})
const gap = (next: string): StreamTold => ({
  kind: 'event',
  event: { type: 'gap', data: { channel: CHANNEL, next } },
})

const judge = (...told: readonly StreamTold[]) =>
  judgeStreams(told, new Map([[CHANNEL, log]]), new Map([[CHANNEL, at(6)]]))
const events = (...numbers: readonly number[]) => numbers.map((n) => event(n))

it('finds nothing wrong where everything came, over several streams', () => {
  expect(judge(opened(), ...events(1, 2, 3), opened(3), ...events(4, 5, 6))).toEqual([])
  expect(judge(opened(2), ...events(3, 4, 5, 6))).toEqual([])
})

it('takes a gap for what did not come', () => {
  expect(judge(opened(), event(1), gap('x:5'), ...events(5, 6))).toEqual([])
})

it('asks for nothing of what the stream before did not list', () => {
  expect(judge(opened(), event(1), opened(1, []), opened(4), ...events(5, 6))).toEqual([])
})

it.each([
  ['a dropped event', events(1, 2, 4, 5, 6), 'log:1: 4 follows 2, without a gap'],
  ['a doubled event', events(1, 2, 2, 3, 4, 5, 6), 'log:1: 2 follows 2, without a gap'],
  ['swapped events', events(1, 3, 2, 4, 5, 6), 'log:1: 3 follows 1, without a gap'],
  ['what was never published', [event(1, 'other'), ...events(2, 3, 4, 5, 6)], 'phantom: other'],
  ['a missing end', events(1, 2, 3, 4, 5), 'log:1 was read to'],
  ['a gap that passes over too little', [event(1), gap('x:3'), ...events(4, 5, 6)], '4 follows 2'],
])('names %s', (_, told, fault) => {
  expect(judge(opened(), ...told).join('\n')).toContain(fault)
})
