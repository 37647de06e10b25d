import { beforeEach, describe, expect, it } from 'vitest'
import { AttackedHub, SERVER_KEY } from './attacked-hub.ts'
import { openSocket } from './socket-way.ts'
import { stillServes } from './still-serves.ts'
import { codeOf, type OpenWayIn } from './way-in.ts'
import { WAYS_IN } from './ways-in.ts'

let attacked: AttackedHub

beforeEach(async () => {
  attacked = await AttackedHub.start({
    channels: {
      'room:*': { subscribe: 'granted', publish: 'granted', history: true, presence: true },
      'closed:*': { subscribe: 'server', history: true },
      'open:*': { history: true, presence: true, state: true },
      'open:fails': {
        history: true,
        subscribe: () => {
          throw new Error('the rule of the application fails')
        },
      },
      'tenant:#': { history: true },
    },
    rooms: { locked: { password: 'sesame' } },
  })
  return () => stillServes(attacked)
})

const grant = (channels: string, ...actions: ('subscribe' | 'history' | '*')[]) => ({
  channels,
  actions,
})

describe.each(WAYS_IN)('over %s', (_, open) => {
  it.each([
    '#',
    '*',
    '*:*',
    'room:*',
    'room:#',
    'room:1:*',
    'room:1:#',
    'open:*',
    'user:*',
    'user:eve:#',
    'tenant:#',
    '$*',
    '$#',
  ])('%s is refused to whom only room:1 is granted', async (channel) => {
    const eve = await open(attacked, attacked.tokenOf('eve', { grants: [grant('room:1', '*')] }))
    for (const more of [{}, { recent: 5 }, { since: 'e:0' }, { presence: 'follow' }]) {
      const code = codeOf(await eve.ask({ type: 'subscribe', channel, ...more }))
      expect(['forbidden', 'invalid_channel']).toContain(code)
    }
  })

  it.each([
    ['history', {}],
    ['publish', { event: 'e', payload: 1 }],
    ['presence', { status: 'online' }],
    ['state', { op_id: 'o', set: { a: 1 } }],
    ['typing', {}],
    ['read', { event_id: 'x' }],
  ])('%s takes no pattern, whatever is granted', async (type, fields) => {
    const eve = await open(attacked, attacked.tokenOf('eve', { grants: [grant('#', '*')] }))
    for (const channel of ['#', 'room:*', 'open:#', '*:1']) {
      const before = codeOf(await eve.ask({ type, channel, ...fields }))
      expect(['invalid_channel', 'not_member', 'forbidden']).toContain(before)
      expect(codeOf(await eve.ask({ type: 'subscribe', channel }))).toBe('ok')
      const after = codeOf(await eve.ask({ type, channel, ...fields }))
      expect(['invalid_channel', 'not_member', 'forbidden']).toContain(after)
    }
  })

  it.each([
    { presence: true },
    { presence: 'follow' },
    { state: true },
    { initial_state: { a: 1 } },
  ])('a pattern gives no %j', async (more) => {
    const eve = await open(attacked, attacked.tokenOf('eve', { grants: [grant('#', '*')] }))
    for (const channel of ['#', 'open:*']) {
      expect(codeOf(await eve.ask({ type: 'subscribe', channel, ...more }))).toBe('forbidden')
    }
  })

  it('a pattern brings no channel that the listener may not read by its name', async () => {
    await attacked.hub.rooms.ban('2', 'eve')
    await attacked.hub.rooms.create('later', { password: 'sesame' })
    const eve = await openWide(open)
    const secret = ['user:ada', 'tenant:acme:1', 'closed:1', 'room:locked', 'room:later', 'room:2']
    for (const channel of [...secret, 'open:fails', 'room:1']) {
      await attacked.publish(channel, channel)
    }
    await expect.poll(() => eve.frames.map(({ payload }) => payload)).toContain('room:1')
    const heard = eve.frames.filter(({ type }) => type === 'event').map(({ channel }) => channel)
    expect(heard).toEqual(['room:1'])
    // What is read back is judged as what comes live.
    for (const fields of [{ recent: 100 }, { since: await firstPosition(eve) }]) {
      const past = await eve.ask({ type: 'subscribe', channel: '#', ...fields })
      const channels = past.payload.events.map(({ channel }: { channel: string }) => channel)
      expect(channels).toEqual(['room:1'])
    }
  })

  it('a rule that fails for one listener fails nobody else', async () => {
    const eve = await openWide(open)
    const ada = await open(attacked, attacked.tokenOf('ada'))
    const refused = await ada.ask({ type: 'subscribe', channel: 'open:fails' })
    expect(codeOf(refused)).toBe('internal')
    expect(JSON.stringify(refused)).not.toContain('of the application')
    await attacked.publish('open:fails', 'unheard')
    await attacked.publish('open:1', 'heard')
    await expect.poll(() => eve.frames.map(({ payload }) => payload)).toContain('heard')
    expect(JSON.stringify(eve.frames)).not.toContain('unheard')
  })

  async function openWide(way: OpenWayIn) {
    const eve = await way(attacked, attacked.tokenOf('eve', { grants: [grant('#', '*')] }))
    expect(codeOf(await eve.ask({ type: 'subscribe', channel: '#' }))).toBe('ok')
    return eve
  }

  async function firstPosition(way: Awaited<ReturnType<typeof openWide>>): Promise<string> {
    const { payload } = await way.ask({ type: 'subscribe', channel: '#' })
    return `${String(payload.position).split(':')[0]}:0`
  }
})

describe('over REST', () => {
  it.each(['#', '*', 'room:*', 'open:#'])('nothing is read by the pattern %s', async (pattern) => {
    const eve = attacked.tokenOf('eve', { grants: [grant('#', '*')] })
    await attacked.publish('room:1', 'a secret')
    for (const path of ['', '/history', '/presence', '/state', '/reads']) {
      for (const as of [eve, SERVER_KEY]) {
        const name = encodeURIComponent(pattern)
        const answer = await attacked.rest('GET', `channels/${name}${path}`, { as })
        expect(codeOf(answer)).toBe('400 invalid_channel')
      }
    }
  })

  it('the list of channels holds those that the caller may read back', async () => {
    const grants = [grant('#', '*')]
    const ada = await openSocket(attacked, attacked.tokenOf('ada', { grants, tenant: 'acme' }))
    for (const channel of ['room:1', 'room:2', 'open:1', 'tenant:acme:1']) {
      expect(codeOf(await ada.ask({ type: 'subscribe', channel }))).toBe('ok')
    }
    const locked = { type: 'subscribe', channel: 'room:locked', password: 'sesame' }
    expect(codeOf(await ada.ask(locked))).toBe('ok')
    for (const [granted, visible] of [
      [[], ['open:1']],
      [[grant('room:1', 'subscribe')], ['open:1']],
      [[grant('room:1', '*')], ['open:1', 'room:1']],
      [[grant('#', '*')], ['open:1', 'room:1', 'room:2']],
    ] as const) {
      const as = attacked.tokenOf('eve', { grants: granted })
      const { body } = await attacked.rest('GET', 'channels', { as })
      expect(body.channels).toEqual(visible)
    }
  })
})
