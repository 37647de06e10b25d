import { beforeEach, describe, expect, it } from 'vitest'
import { AttackedHub, SERVER_KEY } from './attacked-hub.ts'
import { stillServes } from './still-serves.ts'
import { codeOf } from './way-in.ts'
import { WAYS_IN } from './ways-in.ts'

let attacked: AttackedHub

beforeEach(async () => {
  attacked = await AttackedHub.start({
    undeclared: 'allow',
    channels: {
      'user:*': { history: true, presence: true, state: true },
      'tenant:#': { history: true, presence: true, state: true },
      'room:*': { history: true, presence: true, state: true },
    },
  })
  return () => stillServes(attacked)
})

/** Every frame that names a channel. */
const framesOf = (channel: string): [string, object][] => [
  ['subscribe', { channel }],
  ['subscribe', { channel, recent: 10, presence: 'follow', state: true }],
  ['subscribe', { channel, since: 'e:0' }],
  ['publish', { channel, event: 'e', payload: 1 }],
  ['publish', { channel, event: 'e', payload: 1, volatile: true }],
  ['history', { channel }],
  ['presence', { channel, status: 'online' }],
  ['state', { channel, op_id: 'o', set: { a: 1 } }],
  ['typing', { channel }],
  ['read', { channel, event_id: 'x' }],
]

const READS = ['', '/history', '/presence', '/state', '/reads']

const FOREIGN = [
  'user:ada',
  'user:ADA',
  'tenant:acme:orders',
  'tenant:acme',
  'tenant:Evil:orders',
  'tenant:evil.:orders',
  'tenant:evilx:orders',
  // Whole ids of other users and tenants, as they are.
  'user:ada:',
  'user:eve:1',
  'user:eve:=YWRh',
  'user:eve|1',
  'user:=ZXZl',
  'user:\u0435ve', // a Cyrillic e
  'tenant:\u0065\u0301vil:a',
  'tenant:evil|:orders',
  'tenant:evil/../acme:orders',
]

const NO_NAMES = [
  '',
  ':',
  'room:',
  ':room',
  'room::1',
  'user:eve\u0000',
  'user:eve ',
  'tenant:evil:\uff0a', // a full-width asterisk
  'user%3Aada',
  'room:1\r\n',
  'room:1\u2028',
  'room:\u202e1',
  'x'.repeat(201),
  '$inbox',
  '$rooms',
  '$subscriptions',
  '$revocations',
  'room:$inbox',
  '$',
]

describe.each(WAYS_IN)('over %s', (_, open) => {
  it.each(FOREIGN)('%s is refused to whom it does not belong, by every frame', async (channel) => {
    const eve = await open(attacked, attacked.tokenOf('eve', { tenant: 'evil' }))
    for (const [type, fields] of framesOf(channel)) {
      const code = codeOf(await eve.ask({ type, ...fields }))
      expect.soft(['forbidden', 'not_member'], `${type} ${JSON.stringify(fields)}`).toContain(code)
    }
  })

  it.each(NO_NAMES)('%j is no channel, by every frame', async (channel) => {
    const all = [{ channels: '#', actions: ['*' as const] }]
    const eve = await open(attacked, attacked.tokenOf('eve', { tenant: 'evil', grants: all }))
    for (const [type, fields] of framesOf(channel)) {
      const code = codeOf(await eve.ask({ type, ...fields }))
      expect
        .soft(['invalid_channel', 'not_member', 'bad_frame'], `${type} ${JSON.stringify(fields)}`)
        .toContain(code)
    }
    expect(eve.code).toBe(0)
  })

  it('what is published to a channel of somebody else does not arrive', async () => {
    const all = [{ channels: '#', actions: ['*' as const] }]
    const eve = await open(attacked, attacked.tokenOf('eve', { tenant: 'evil', grants: all }))
    for (const channel of ['#', 'user:*', 'tenant:#', 'tenant:acme:*', '*:*']) {
      expect(codeOf(await eve.ask({ type: 'subscribe', channel, recent: 100 }))).toBe('ok')
    }
    for (const channel of ['user:ada', 'tenant:acme:orders', 'tenant:acme', 'room:1']) {
      await attacked.publish(channel, channel)
    }
    await expect.poll(() => eve.frames.map(({ payload }) => payload)).toContain('room:1')
    const heard = eve.frames.filter(({ type }) => type === 'event').map(({ channel }) => channel)
    expect(new Set(heard)).toEqual(new Set(['room:1']))
    for (const channel of ['#', 'tenant:#']) {
      const again = await eve.ask({ type: 'subscribe', channel, recent: 100 })
      expect(JSON.stringify(again)).not.toMatch(/acme|user:ada/)
    }
  })
})

describe('over REST', () => {
  it.each(FOREIGN)('%s is refused to whom it does not belong, by every path', async (channel) => {
    const eve = attacked.tokenOf('eve', { tenant: 'evil' })
    await attacked.publish(channel, 'a secret')
    for (const path of READS) {
      const plain = encodeURIComponent(channel)
      const answer = await attacked.rest('GET', `channels/${plain}${path}`, { as: eve })
      expect.soft(codeOf(answer), path).toBe('403 forbidden')
      const encoded = Buffer.from(channel).toString('hex').replace(/../g, '%$&')
      const hidden = await attacked.rest('GET', `channels/${encoded}${path}`, { as: eve })
      expect.soft([hidden.status, hidden.text]).toEqual([answer.status, answer.text])
    }
    const list = await attacked.rest('GET', 'channels', { as: eve })
    expect(list.text).not.toContain(channel)
    const published = { channel, event: 'e', payload: 1 }
    const answer = await attacked.rest('POST', 'publish', { as: eve, body: published })
    expect(codeOf(answer)).toBe('403 forbidden')
  })

  it.each(NO_NAMES.filter((name) => name !== ''))('%j is no channel', async (name) => {
    const eve = attacked.tokenOf('eve', { tenant: 'evil' })
    for (const as of [eve, SERVER_KEY]) {
      for (const path of READS) {
        const encoded = encodeURIComponent(name)
        const answer = await attacked.rest('GET', `channels/${encoded}${path}`, { as })
        expect.soft(codeOf(answer), path).toBe('400 invalid_channel')
      }
    }
    const body = { channel: name, event: 'e', payload: 1 }
    const answer = await attacked.rest('POST', 'publish', { as: SERVER_KEY, body })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
  })

  it.each([
    '..%2f..%2fhealth',
    '%2e%2e%2fchannels',
    'user%253Aada',
    'user:ada%00',
    'user:eve%2f..%2fuser:ada',
    '%c0%af',
    '%ff',
    '%',
  ])('channels/%s leads nowhere', async (path) => {
    const eve = attacked.tokenOf('eve')
    await attacked.publish('user:ada', 'a secret')
    for (const end of READS) {
      const answer = await attacked.rest('GET', `channels/${path}${end}`, { as: eve })
      expect.soft([400, 403, 404], `${end}: ${answer.text}`).toContain(answer.status)
    }
  })
})

describe('by the address of a stream', () => {
  it.each([
    ['user:ada', 403],
    ['user%3Aada', 403],
    ['room:1,user:ada', 403],
    ['tenant:acme:orders', 403],
    ['tenant%3aacme%3aorders', 403],
    ['user:*', 403],
    ['%23', 403],
    ['$inbox', 400],
    ['%24inbox', 400],
    ['room:1%00', 400],
    ['room:1%0d%0aid: 1', 400],
    ['user:%D0%B5ve', 403],
    ['room::1', 400],
    [`room:${'x'.repeat(196)}`, 400],
  ])('?channels=%s is answered with %i', async (channels, status) => {
    const eve = attacked.tokenOf('eve', { tenant: 'evil' })
    const answer = await attacked.rest('GET', `events?channels=${channels}`, { as: eve })
    expect(answer.status).toBe(status)
    expect(attacked.hub.figures().connections).toBe(0)
  })
})
