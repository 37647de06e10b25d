import { beforeEach, describe, expect, it } from 'vitest'
import { AttackedHub } from './attacked-hub.ts'
import { openSocket } from './socket-way.ts'
import { stillServes } from './still-serves.ts'
import { codeOf, type WayIn } from './way-in.ts'
import { WAYS_IN } from './ways-in.ts'

let attacked: AttackedHub

const CHANNEL = { history: true, presence: true, state: true } as const

beforeEach(async () => {
  attacked = await AttackedHub.start({
    channels: {
      'closed:*': { ...CHANNEL, subscribe: 'granted', maxUsers: 1 },
      'room:*': CHANNEL,
      'tenant:#': CHANNEL,
      'fence:*': {},
    },
    rooms: { locked: { password: 'sesame', maxUsers: 1 }, banned: { maxUsers: 1 } },
  })
  for (const name of ['eve', 'eva']) await attacked.hub.rooms.ban('banned', name)
  return () => stillServes(attacked)
})

/** Channels that eve may not enter, and what lets somebody else in. */
const PLACES: readonly (readonly [string, object])[] = [
  ['closed:1', {}],
  ['room:locked', { password: 'sesame' }],
  ['room:banned', {}],
  ['tenant:acme:1', {}],
]

function enter(channel: string, more: object): Promise<WayIn> {
  const principal = { tenant: 'acme', grants: [{ channels: '#', actions: ['*' as const] }] }
  return openSocket(attacked, attacked.tokenOf('ada', principal)).then(async (ada) => {
    const joined = await ada.ask({ type: 'subscribe', channel, presence: true, ...more })
    expect(codeOf(joined)).toBe('ok')
    return ada
  })
}

/** All that eve can ask about a channel, and how it is answered. */
async function ask(eve: WayIn, channel: string): Promise<string[]> {
  const answers: string[] = []
  for (const frame of [
    { type: 'subscribe', presence: true },
    { type: 'subscribe', presence: 'follow' },
    { type: 'subscribe', presence: 'follow', password: 'a wrong one' },
    { type: 'subscribe', state: true },
    { type: 'history' },
    { type: 'presence', status: 'online' },
    { type: 'typing' },
    { type: 'read', event_id: 'x' },
    { type: 'publish', event: 'e', payload: 1 },
    { type: 'state', op_id: 'o', set: { a: 1 } },
  ]) {
    const { id: _, ...answer } = await eve.ask({ ...frame, channel })
    expect.soft(answer.type, JSON.stringify(frame)).toBe('error')
    answers.push(JSON.stringify(answer))
  }
  for (const path of ['', '/presence', '/history', '/state', '/reads']) {
    const headers = { authorization: `Session ${eve.session}` }
    const { status, text } = await attacked.rest('GET', `channels/${channel}${path}`, { headers })
    expect.soft(status, path).toBe(403)
    answers.push(`${status} ${text}`)
  }
  return answers
}

describe.each(WAYS_IN)('over %s', (_, open) => {
  it.each(PLACES)('who may not enter %s learns nothing of who is there', async (channel, more) => {
    const eve = await open(attacked, attacked.tokenOf('eve'))
    const whileEmpty = await ask(eve, channel)
    const ada = await enter(channel, more)
    // By another name: passwords of one user are counted.
    const whileFull = await ask(await open(attacked, attacked.tokenOf('eva')), channel)
    expect(whileFull).toEqual(whileEmpty)
    expect(whileFull.join()).not.toMatch(/ada|room_full|max_users/)

    // And nothing that happens there comes by itself.
    await ada.ask({ type: 'typing', channel })
    await ada.ask({ type: 'presence', channel, status: 'away' })
    await ada.ask({ type: 'publish', channel, event: 'e', payload: 'a secret' })
    await ada.ask({ type: 'unsubscribe', channel })
    await eve.ask({ type: 'subscribe', channel: 'fence:1' })
    await attacked.publish('fence:1', 'fence')
    await expect.poll(() => eve.frames.map(({ payload }) => payload)).toContain('fence')
    const unasked = eve.frames.filter(({ type }) =>
      ['event', 'presence', 'ephemeral', 'state', 'gap'].includes(type),
    )
    expect(unasked.map(({ channel: of }) => of)).toEqual(['fence:1'])
    const { body } = await attacked.rest('GET', 'channels', {
      headers: { authorization: `Session ${eve.session}` },
    })
    expect(body.channels).not.toContain(channel)
  })

  it('a wrong password reveals nothing but that it is wrong', async () => {
    const eve = await open(attacked, attacked.tokenOf('eve'))
    await enter('room:locked', { password: 'sesame' })
    const wrong = { type: 'subscribe', channel: 'room:locked', password: 'a wrong one' }
    const answer = await eve.ask(wrong)
    expect(codeOf(answer)).toBe('wrong_password')
    expect(JSON.stringify(answer)).not.toMatch(/ada|max_users|sesame/)
    // Only a user who may enter is told that the room is full.
    expect(codeOf(await eve.ask({ ...wrong, password: 'sesame' }))).toBe('room_full')
  })
})
