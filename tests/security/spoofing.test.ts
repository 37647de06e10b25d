import { beforeEach, describe, expect, it } from 'vitest'
import { AttackedHub, SERVER_KEY } from './attacked-hub.ts'
import { openSocket } from './socket-way.ts'
import { stillServes } from './still-serves.ts'
import { codeOf, type WayIn } from './way-in.ts'
import { WAYS_IN } from './ways-in.ts'

let attacked: AttackedHub
let ada: WayIn

beforeEach(async () => {
  attacked = await AttackedHub.start({
    channels: { 'room:*': { history: true, presence: true, state: true } },
  })
  ada = await openSocket(attacked, attacked.tokenOf('ada'))
  await ada.ask({ type: 'subscribe', channel: 'room:1', presence: true, state: true })
  return () => stillServes(attacked)
})

const FORGED = {
  from: { user_id: 'ada', connection_id: 'c' },
  user_id: 'ada',
  timestamp: '2001-01-01T00:00:00.000Z',
  position: 'forged:1',
  connection_id: 'c',
  sender: 'ada',
  user: { id: 'ada' },
  room_id: 'other',
  joined_at: '2001-01-01T00:00:00.000Z',
  version: 999,
}

describe.each(WAYS_IN)('over %s', (_, open) => {
  let eve: WayIn

  beforeEach(async () => {
    eve = await open(attacked, attacked.tokenOf('eve'))
    await eve.ask({ type: 'subscribe', channel: 'room:1', presence: true })
  })

  const seenByAda = async (isWanted: (frame: WayIn['frames'][number]) => boolean) => {
    await expect.poll(() => ada.frames.some(isWanted)).toBe(true)
    return ada.frames.findLast(isWanted) as WayIn['frames'][number]
  }

  it('an event is from whom the server knows, now, whatever the frame says beside', async () => {
    const frame = { type: 'publish', channel: 'room:1', event: 'e', payload: FORGED, ...FORGED }
    const before = Date.now()
    const answer = await eve.ask(frame)
    expect(codeOf(answer)).toBe('ok')
    const event = await seenByAda(({ type }) => type === 'event')
    expect(event.from).toEqual({ user_id: 'eve', connection_id: eve.connectionId })
    expect(Date.parse(event.timestamp)).toBeGreaterThanOrEqual(before)
    expect(event.position).not.toBe('forged:1')
    // What the payload says is the payload's, and nobody's name.
    expect(event.payload).toEqual(FORGED)
    const { payload } = await ada.ask({ type: 'history', channel: 'room:1' })
    expect(payload.events.at(-1)).toMatchObject({
      from: { user_id: 'eve' },
      position: event.position,
    })
  })

  it.each([
    ['typing', {}, 'ephemeral'],
    ['presence', { status: 'away', data: { user_id: 'ada' } }, 'presence'],
    ['state', { op_id: 'o', set: { mark: 1 } }, 'state'],
  ])('%s is told of whom the server knows', async (type, fields, told) => {
    const answer = await eve.ask({ type, channel: 'room:1', ...FORGED, ...fields })
    expect(codeOf(answer)).toBe('ok')
    const frame = await seenByAda(
      (each) => each.type === told && JSON.stringify(each).includes('eve'),
    )
    const { channel, data, updates, joins, ...rest } = frame
    expect(channel).toBe('room:1')
    expect(JSON.stringify(rest)).not.toContain('"ada"')
    for (const entry of [...(updates ?? []), ...(joins ?? [])]) {
      expect(entry.user_id).toBe('eve')
      expect(entry.joined_at).not.toContain('2001')
    }
    expect(frame.version ?? 0).toBeLessThan(999)
  })

  it('a read mark belongs to the authenticated user', async () => {
    const { payload } = await ada.ask({
      type: 'publish',
      channel: 'room:1',
      event: 'e',
      payload: 1,
    })
    const mark = { type: 'read', channel: 'room:1', event_id: payload.id, user_id: 'ada' }
    expect(codeOf(await eve.ask(mark))).toBe('ok')
    const { body } = await attacked.rest('GET', 'channels/room:1/reads', { as: SERVER_KEY })
    expect(body.reads.map(({ user_id }: { user_id: string }) => user_id)).toEqual(['eve'])
  })

  it('a message id of somebody else is another event, and tells nothing of theirs', async () => {
    const publish = { type: 'publish', channel: 'room:1', event: 'e', message_id: 'the-same' }
    const first = await ada.ask({ ...publish, payload: 'of ada' })
    const second = await eve.ask({ ...publish, payload: 'of eve' })
    expect(second.payload).toMatchObject({ duplicate: false })
    expect(second.payload.position).not.toBe(first.payload.position)
    // Nor does a first one keep the other from being heard.
    const third = await eve.ask({ ...publish, message_id: 'later', payload: 'of eve' })
    const fourth = await ada.ask({ ...publish, message_id: 'later', payload: 'of ada' })
    expect([third.payload.duplicate, fourth.payload.duplicate]).toEqual([false, false])
    await expect.poll(() => ada.frames.filter(({ type }) => type === 'event')).toHaveLength(4)
  })

  it('an op id of somebody else is another change, and tells nothing of theirs', async () => {
    const change = { type: 'state', channel: 'room:1', op_id: 'the-same' }
    const first = await ada.ask({ ...change, set: { a: 1 } })
    const second = await eve.ask({ ...change, set: { b: 2 } })
    expect(second.payload.version).toBe(first.payload.version + 1)
  })

  it('a connection is not that of another user, whatever token comes later', async () => {
    const answer = await eve.ask({ type: 'auth', token: attacked.tokenOf('ada') })
    expect(codeOf(answer)).toBe('forbidden')
    await eve.ask({ type: 'publish', channel: 'room:1', event: 'e', payload: 1 })
    const event = await seenByAda(({ type }) => type === 'event')
    expect(event.from.user_id).toBe('eve')
  })

  it('an acknowledgement is of one’s own notifications alone', async () => {
    const body = { title: 'for ada', message: '', recipients: ['ada'] }
    const made = await attacked.rest('POST', 'notifications', { as: SERVER_KEY, body })
    const { id } = made.body
    await eve.ask({ type: 'ack', notifications: [id, 'missing'] })
    await eve.ask({ type: 'ack', notifications: [id], user_id: 'ada' })
    const { body: found } = await attacked.rest('GET', `notifications/${id}`, { as: SERVER_KEY })
    expect(found).toMatchObject({ status: 'pending', read_by: [] })
    const marked = await attacked.rest('POST', `notifications/${id}/mark-read?user_id=ada`, {
      headers: { authorization: `Session ${eve.session}` },
    })
    expect(codeOf(marked)).toBe('403 forbidden')
  })

  it('events and frames of the server cannot be sent', async () => {
    for (const type of [
      'event',
      'reply',
      'error',
      'connection',
      'notification',
      'inbox',
      'gap',
      'ephemeral',
      'unsubscribed',
      'token_expiring',
    ]) {
      const frame = { type, channel: 'room:1', event: 'e', payload: 1, from: null }
      expect(codeOf(await eve.ask(frame))).toBe('unknown_type')
    }
    const carrier = { type: 'publish', channel: 'room:1', event: 'coterie.ephemeral' }
    const payload = { id: 'x', roomId: '1', type: 'presence_offline', userId: 'ada', data: {} }
    await eve.ask({ ...carrier, payload: { ...payload, timestamp: 1 } })
    await eve.ask({ type: 'publish', channel: 'room:1', event: 'e', payload: 'fence' })
    await seenByAda(({ payload: given }) => given === 'fence')
    expect(ada.frames.filter(({ type }) => type === 'ephemeral')).toEqual([])
  })
})

describe('over REST', () => {
  it.each([
    ['POST', 'subscriptions/topic', { topic: 'room:1', user_id: 'ada' }],
    ['POST', 'subscriptions/resource', { resource_type: 't', resource_id: '1', user_id: 'ada' }],
    ['POST', 'subscriptions/resource-type', { resource_type: 't', user_id: 'ada' }],
    ['POST', 'subscriptions/query', { query: { event: 'e' }, user_id: 'ada' }],
    ['GET', 'subscriptions?user_id=ada', undefined],
    ['GET', 'notifications?user_id=ada', undefined],
    ['POST', 'notifications/mark-all-read?user_id=ada', undefined],
    ['GET', 'notifications/unread-count/ada', undefined],
    ['POST', 'notifications', { title: 't', message: 'm', recipients: ['ada'], sender_id: 'ada' }],
    ['POST', 'publish', { channel: 'room:1', event: 'e', payload: 1, from: { user_id: 'ada' } }],
    ['POST', 'events', { event: 'e', data: 1 }],
    ['POST', 'events/broadcast', { event: 'e', data: 1, recipients: ['ada'] }],
    ['DELETE', 'users/ada/connections', undefined],
    ['POST', 'rooms', { id: 'x' }],
    ['POST', 'revocations', { user_id: 'ada' }],
  ])('%s %s is refused to a user who speaks for another', async (method, path, body) => {
    const as = attacked.tokenOf('eve')
    expect(codeOf(await attacked.rest(method, path, { as, body }))).toBe('403 forbidden')
  })

  it('a connection id is not a session secret', async () => {
    const { connectionId } = ada
    const guesses = [connectionId, `${connectionId}.`, `${connectionId}.guess`, '.', '__proto__.x']
    for (const session of [...guesses, 'undefined', '*', `${ada.session}x`]) {
      const headers = { authorization: `Session ${session}` }
      const read = await attacked.rest('GET', 'notifications', { headers })
      expect(codeOf(read)).toBe('401 unauthorized')
      const sent = await attacked.rest('POST', 'frames', { headers, body: [] })
      expect(codeOf(sent)).toBe('404 not_found')
    }
  })
})
