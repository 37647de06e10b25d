import { beforeEach, describe, expect, it } from 'vitest'
import { AttackedHub } from './attacked-hub.ts'
import { stillServes } from './still-serves.ts'
import { codeOf } from './way-in.ts'
import { WAYS_IN } from './ways-in.ts'

const ALL = [{ channels: '#', actions: ['*' as const] }]
const RULES = {
  public: 'public',
  authenticated: 'authenticated',
  granted: 'granted',
  members: 'members',
  'a function': () => true,
} as const
/** One room of the configuration, and one that is made while the server runs. */
const ROOMS = ['room:declared', 'room:made']

let attacked: AttackedHub

async function start(rule: (typeof RULES)[keyof typeof RULES]): Promise<void> {
  const subscribe = rule === 'members' ? 'authenticated' : rule
  attacked = await AttackedHub.start({
    channels: {
      'room:*': { subscribe, publish: rule, history: true, presence: true, state: true },
    },
    rooms: { declared: { password: 'sesame' } },
  })
  await attacked.hub.rooms.create('made', { password: 'sesame' })
}

describe.each(Object.entries(RULES))('where %s is the rule', (_, rule) => {
  beforeEach(async () => {
    await start(rule)
    return () => stillServes(attacked)
  })

  it.each(WAYS_IN)(
    'nobody does anything in a locked room without its password, over %s',
    async (_, open) => {
      for (const channel of ROOMS) {
        const ada = await open(attacked, attacked.tokenOf('ada', { grants: ALL }))
        const joined = {
          type: 'subscribe',
          channel,
          password: 'sesame',
          presence: true,
          state: true,
        }
        expect(codeOf(await ada.ask(joined))).toBe('ok')
        const said = { type: 'publish', channel, event: 'e', payload: 'a secret' }
        const { payload } = await ada.ask(said)

        const eve = await open(attacked, attacked.tokenOf('eve', { grants: ALL }))
        expect(codeOf(await eve.ask({ type: 'subscribe', channel: 'room:#' }))).toBe('ok')
        for (const frame of [
          said,
          { ...said, volatile: true },
          { type: 'history' },
          { type: 'presence', status: 'online' },
          { type: 'state', op_id: 'o', set: { a: 1 } },
          { type: 'typing' },
          { type: 'read', event_id: payload.id },
        ]) {
          const answer = await eve.ask({ ...frame, channel })
          expect.soft(codeOf(answer), JSON.stringify(frame)).toBe('not_member')
        }
        for (const more of [{}, { since: payload.position }, { recent: 1 }, { presence: true }]) {
          const answer = await eve.ask({ type: 'subscribe', channel, ...more })
          expect.soft(codeOf(answer), JSON.stringify(more)).toBe('wrong_password')
        }
        for (const path of ['', '/history', '/presence', '/state', '/reads']) {
          const headers = { authorization: `Session ${eve.session}` }
          const answer = await attacked.rest('GET', `channels/${channel}${path}`, { headers })
          expect.soft(codeOf(answer), path).toBe('403 not_member')
        }
        expect(JSON.stringify(eve.frames)).not.toContain('a secret')
        expect(ada.frames.filter(({ from }) => from?.user_id === 'eve')).toEqual([])

        expect(codeOf(await eve.ask({ type: 'subscribe', channel, password: 'sesame' }))).toBe('ok')
        expect(codeOf(await eve.ask(said))).toBe('ok')
      }
    },
  )
})

describe.each(WAYS_IN)('over %s', (_, open) => {
  it('who is in a room stays in it when more of it is refused', async () => {
    await start('members')
    const ada = await open(attacked, attacked.tokenOf('ada'))
    const join = { type: 'subscribe', channel: 'room:made' }
    expect(codeOf(await ada.ask({ ...join, password: 'sesame' }))).toBe('ok')
    const again = ada.ask({ ...join, password: 'a wrong one' })
    await attacked.publish('room:made', 'meanwhile')
    expect(codeOf(await again)).toBe('wrong_password')
    expect(
      codeOf(await ada.ask({ ...join, password: 'sesame', presence: { data: 'x'.repeat(5_000) } })),
    ).toBe('too_large')
    await attacked.publish('room:made', 'afterwards')
    const heard = () =>
      ada.frames.flatMap(({ type, payload }) => (type === 'event' ? [payload] : []))
    await expect.poll(heard).toEqual(['meanwhile', 'afterwards'])
    expect(
      codeOf(await ada.ask({ type: 'publish', channel: 'room:made', event: 'e', payload: 1 })),
    ).toBe('ok')
  })
})
