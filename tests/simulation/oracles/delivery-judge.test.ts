import type { ChannelEvent, EventId, GapFrame, SubscribeReply } from '@coterie/protocol'
import { describe, expect, it } from 'vitest'
import type { Told } from '../worlds/raw-reader.ts'
import { type Evidence, judgeLogged, judgePattern, judgeUnlogged } from './delivery-judge.ts'
import { ReferenceLog } from './reference-log.ts'

const CHANNEL = 'log:1'
const PATTERN = 'log:*'
const COUNT = 6

function createEvidence(change: Partial<Evidence> = {}): Evidence {
  const log = new ReferenceLog(CHANNEL)
  for (let n = 1; n <= COUNT; n += 1) log.add(`e${n}`, `x:${n}`)
  return {
    logs: new Map([[CHANNEL, log]]),
    unlogged: new Map([['live:1', ['e1', 'e2', 'e3', 'e4', 'e5', 'e6']]]),
    historySize: 40,
    engineWasLost: false,
    ...change,
  }
}

const joined = (channel: string, reply: Partial<SubscribeReply>, since?: string): Told =>
  ({ kind: 'joined', reply: { channel, events: [], recovered: false, ...reply }, since }) as Told

const event = (n: number, more: Partial<ChannelEvent> = {}): Told =>
  ({ kind: 'event', event: { channel: CHANNEL, id: `e${n}`, position: `x:${n}`, ...more } }) as Told

const gap = (fields: Partial<GapFrame>): Told =>
  ({ kind: 'gap', gap: { channel: CHANNEL, ...fields } }) as Told

/** What breaks a run that was right: the numbers of the events, as they come. */
const BREAKS: readonly (readonly [string, readonly number[]])[] = [
  ['a dropped event', [1, 2, 4, 5, 6]],
  ['a doubled event', [1, 2, 2, 3, 4, 5, 6]],
  ['swapped events', [1, 3, 2, 4, 5, 6]],
]
const ALL = [1, 2, 3, 4, 5, 6]

describe('of a channel with a log', () => {
  const start = joined(CHANNEL, { position: 'x:0' })
  const judge = (told: readonly Told[], evidence = createEvidence()) =>
    judgeLogged([start, ...told], CHANNEL, evidence)

  it('finds nothing wrong where everything came, once and in order', () => {
    expect(judge(ALL.map((n) => event(n)))).toEqual([])
  })

  it.each([...BREAKS, ['a missing end', [1, 2, 3, 4, 5]] as const])(
    'turns red on %s',
    (_, order) => {
      expect(judge(order.map((n) => event(n)))).not.toEqual([])
    },
  )

  it('turns red on what was never published', () => {
    expect(
      judge([event(1, { id: 'other' as EventId }), ...ALL.slice(1).map((n) => event(n))]),
    ).toContain('phantom: other at x:1')
  })

  it('takes a gap for an excuse only where so much was missed', () => {
    const told = [event(1), gap({ after: 'x:1', next: 'x:5', reason: 'trimmed' })]
    const rest = [event(5), event(6)]
    expect(judge([...told, ...rest])).toContain('trimmed, yet only 5 were missed')
    expect(judge([...told, ...rest], createEvidence({ historySize: 4 }))).toEqual([])
  })

  it('takes a lost engine for an excuse only where it was lost', () => {
    const told = [event(1), joined(CHANNEL, { position: 'x:6', reason: 'unknown_epoch' }, 'x:1')]
    expect(judge(told)).toContain('unknown_epoch, yet nothing was lost')
    expect(judge(told, createEvidence({ engineWasLost: true }))).toEqual([])
  })
})

describe('of a channel without a log', () => {
  const judge = (order: readonly number[]) =>
    judgeUnlogged(
      order.map((n) => event(n, { channel: 'live:1' })),
      'live:1',
      createEvidence(),
    )

  it('finds nothing wrong where everything came, once and in order', () => {
    expect(judge(ALL)).toEqual([])
  })

  it.each(BREAKS)('turns red on %s', (_, order) => expect(judge(order)).not.toEqual([]))
})

describe('of a pattern', () => {
  const judge = (order: readonly number[]) =>
    judgePattern(
      [
        joined(PATTERN, { position: 's:0' }),
        ...order.map((n) => event(n, { pattern: PATTERN, pattern_position: `s:${n}` })),
      ],
      PATTERN,
      [CHANNEL],
      createEvidence(),
    )

  it('finds nothing wrong where everything came, once and in order', () => {
    expect(judge(ALL)).toEqual([])
  })

  it.each(BREAKS)('turns red on %s', (_, order) => {
    expect(judge(order)).not.toEqual([])
  })
})

it('turns red when a position is handed out twice, or one is left out', () => {
  const log = new ReferenceLog(CHANNEL)
  log.add('e1', 'x:1')
  expect(() => log.add('e2', 'x:1')).toThrow('offset 1 follows 1')
  expect(() => log.add('e3', 'x:3')).toThrow('offset 3 follows 1')
})
