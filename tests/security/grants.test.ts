import type { Action } from '@coterie/server'
import { beforeEach, describe, expect, it } from 'vitest'
import { AttackedHub } from './attacked-hub.ts'
import { stillServes } from './still-serves.ts'
import { codeOf } from './way-in.ts'
import { WAYS_IN } from './ways-in.ts'

const ACTIONS = ['subscribe', 'publish', 'presence', 'state', 'history'] as const
const CHANNEL = 'orders:1'

let attacked: AttackedHub

beforeEach(async () => {
  attacked = await AttackedHub.start({
    channels: {
      'orders:*': {
        subscribe: 'granted',
        publish: 'granted',
        history: true,
        presence: true,
        state: true,
      },
    },
  })
  await attacked.publish(CHANNEL, 'a secret')
  return () => stillServes(attacked)
})

// What a frame needs, in the order in which it is asked for.
const FRAMES: readonly (readonly [string, object, readonly Action[]])[] = [
  ['history', {}, ['subscribe', 'history']],
  ['publish', { event: 'e', payload: 1 }, ['publish']],
  ['subscribe', { recent: 5 }, ['subscribe', 'history']],
  ['subscribe', { presence: true }, ['subscribe', 'presence']],
  ['subscribe', { presence: { status: 'away' } }, ['subscribe', 'presence']],
  ['subscribe', { presence: 'follow', state: true }, ['subscribe']],
  ['presence', { status: 'online' }, ['subscribe', 'presence']],
  ['state', { op_id: 'o', set: { a: 1 } }, ['subscribe', 'state']],
  ['typing', {}, ['subscribe']],
]

const READS: readonly (readonly [string, readonly Action[]])[] = [
  ['', ['subscribe', 'history']],
  ['/history', ['subscribe', 'history']],
  ['/presence', ['subscribe']],
  ['/state', ['subscribe']],
  ['/reads', ['subscribe', 'history']],
]

/** Grants of none, of one action each, of all but one each, and of all. */
const GRANTED: readonly (readonly Action[])[] = [
  [],
  ...ACTIONS.map((action) => [action]),
  ...ACTIONS.map((action) => ACTIONS.filter((other) => other !== action)),
  ACTIONS,
]

describe.each(WAYS_IN)('over %s', (_, open) => {
  it.each(GRANTED.map((actions) => [actions.join(' ') || 'nothing', actions] as const))(
    'one to whom %s is granted does that and no more',
    async (_, actions) => {
      const grants = [{ channels: CHANNEL, actions }]
      const eve = await open(attacked, attacked.tokenOf('eve', { grants }))
      for (const [type, fields, needed] of FRAMES) {
        const answer = await eve.ask({ type, channel: CHANNEL, ...fields })
        const isAllowed = needed.every((action) => actions.includes(action))
        const what = `${type} ${JSON.stringify(fields)} → ${JSON.stringify(answer)}`
        if (isAllowed) expect.soft(codeOf(answer), what).toBe('ok')
        else expect.soft(['forbidden', 'not_member'], what).toContain(codeOf(answer))
        if (!needed.includes('history')) continue
        expect.soft(JSON.stringify(answer).includes('a secret'), what).toBe(isAllowed)
      }
    },
  )

  it('what is not granted is not seeded, seen or changed', async () => {
    const grants = [{ channels: CHANNEL, actions: ['subscribe'] as const }]
    const eve = await open(attacked, attacked.tokenOf('eve', { grants }))
    const joined = await eve.ask({
      type: 'subscribe',
      channel: CHANNEL,
      initial_state: { planted: true },
    })
    expect(['ok', 'forbidden']).toContain(codeOf(joined))
    const state = await attacked.hub.state.read(CHANNEL)
    expect(state).toMatchObject({ ok: true, value: { version: 0, value: {} } })
  })
})

it.each(GRANTED.map((actions) => [actions.join(' ') || 'nothing', actions] as const))(
  'over REST one to whom %s is granted reads that and no more',
  async (_, actions) => {
    const as = attacked.tokenOf('eve', { grants: [{ channels: CHANNEL, actions }] })
    for (const [path, needed] of READS) {
      const answer = await attacked.rest('GET', `channels/${CHANNEL}${path}`, { as })
      const isAllowed = needed.every((action) => actions.includes(action))
      expect.soft(codeOf(answer), path).toBe(isAllowed ? 'ok' : '403 forbidden')
    }
  },
)

it.each([
  ['one of another channel', [{ channels: 'orders:2', actions: ['*'] }]],
  ['one of a part of the name', [{ channels: 'orders', actions: ['*'] }]],
  ['one of what is below', [{ channels: 'orders:1:*', actions: ['*'] }]],
  ['one of what is below, all of it', [{ channels: 'orders:1:#', actions: ['*'] }]],
  ['one that only looks alike', [{ channels: 'Orders:1', actions: ['*'] }]],
  ['one in halves', [{ channels: 'orders:*:1', actions: ['*'] }]],
  [
    'an action of another grant',
    [
      { channels: CHANNEL, actions: ['publish'] },
      { channels: 'orders:2', actions: ['subscribe'] },
    ],
  ],
] as const)('a grant of %s opens nothing', async (_, grants) => {
  const as = attacked.tokenOf('eve', { grants })
  const read = await attacked.rest('GET', `channels/${CHANNEL}/history`, { as })
  expect(codeOf(read)).toBe('403 forbidden')
  for (const [, open] of WAYS_IN) {
    const eve = await open(attacked, as)
    expect(codeOf(await eve.ask({ type: 'subscribe', channel: CHANNEL }))).toBe('forbidden')
  }
})
