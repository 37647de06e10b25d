import { createTestHub } from '@coterie/testing'
import { expect, it } from 'vitest'
import { type BridgeOutput, bridgeRoom } from './bridge-room.ts'

async function bridged() {
  const world = await createTestHub({ users: ['ada'] })
  await world.ada.subscribe('room:1')
  const bridge = (userId = 'eve', roomId = '1') => {
    const sent: BridgeOutput[] = []
    const send = (output: BridgeOutput) => void sent.push(output)
    return { sent, ...bridgeRoom(world.hub, { roomId, userId, send }) }
  }
  return { ...world, bridge }
}

it('forwards what happens in the room', async () => {
  const { ada, clock, bridge } = await bridged()
  const { sent, opened } = bridge()
  await opened
  await ada.request({ type: 'typing', channel: 'room:1' })
  await clock.settle()
  expect(sent).toEqual([
    {
      type: 'ephemeral',
      event_type: 'typing_start',
      user_id: 'ada',
      room_id: '1',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      data: {},
    },
  ])
})

it.each([
  [{ action: 'typing' }, 'typing_start'],
  ['{"action":"typing","is_typing":true}', 'typing_start'],
  [{ action: 'presence' }, 'presence_online'],
  [{ action: 'presence', status: 'away' }, 'presence_away'],
  [{ action: 'presence', status: 'busy' }, 'custom'],
  [{ action: 'read', event_id: 'm1' }, 'read_receipt'],
])('takes %j for %s', async (message, type) => {
  const { ada, hub, bridge } = await bridged()
  await hub.publish('room:1', 'message', 1, { messageId: 'm1' })
  const { receive, sent } = bridge()
  await receive(message)
  await ada.sees('ephemeral', { event_type: type, user_id: 'eve' })
  expect(sent.filter((output) => output.type === 'error')).toEqual([])
})

it('believes nobody who says who they are', async () => {
  const { ada, bridge } = await bridged()
  await bridge().receive({ action: 'typing', user_id: 'ada', from: 'ada', room_id: '2' })
  expect(await ada.sees('ephemeral')).toMatchObject({ user_id: 'eve', room_id: '1' })
})

it.each([
  ['text that is no JSON', '{', 'bad_frame', /not a JSON object/],
  ['a list', [], 'bad_frame', /./],
  ['nothing', undefined, 'bad_frame', /./],
  ['an unknown action', { action: '__proto__' }, 'unknown_type', /"typing", "presence" or "read"/],
  ['no action', {}, 'unknown_type', /action/],
  ['a wrong type', { action: 'typing', is_typing: 'yes' }, 'bad_frame', /^is_typing: /],
  ['no event', { action: 'read' }, 'bad_frame', /^event_id: /],
  ['an unknown event', { action: 'read', event_id: 'x' }, 'not_found', /no event/],
  [
    'a status without end',
    { action: 'presence', status: 'x'.repeat(101) },
    'bad_frame',
    /^status: /,
  ],
  ['too much', 'x'.repeat(70_000), 'too_large', /65536/],
])('answers %s with an error', async (_, message, code, reason) => {
  const { bridge } = await bridged()
  const { receive, sent } = bridge()
  await receive(message)
  expect(sent).toEqual([{ type: 'error', code, message: expect.stringMatching(reason) }])
})

it('refuses a peer that sends without end', async () => {
  const { bridge } = await bridged()
  const { receive, sent } = bridge()
  for (let n = 0; n < 150; n += 1) await receive({ action: 'nonsense' })
  expect(
    sent.filter((output) => output.type === 'error' && output.code === 'rate_limited'),
  ).toHaveLength(50)
})

it('ends typing and hears nothing more once it is closed, however often', async () => {
  const { ada, hub, clock, bridge } = await bridged()
  const { receive, close, sent } = bridge()
  await receive({ action: 'typing' })
  const atMs = clock.elapsed()
  await close()
  await close()
  await ada.sees('ephemeral', { event_type: 'typing_stop', user_id: 'eve' })
  expect(clock.elapsed() - atMs).toBeLessThan(100)
  await receive({ action: 'typing' })
  await hub.ephemeral.publishReaction('1', 'ada', {})
  await clock.settle()
  expect(sent.map((output) => output.type === 'ephemeral' && output.event_type)).toEqual([
    'typing_start',
  ])
})

it('leaves a user typing who closes one of two windows', async () => {
  const { ada, clock, bridge } = await bridged()
  const [one, other] = [bridge(), bridge()]
  await one.receive({ action: 'typing' })
  await other.receive({ action: 'typing' })
  await one.close()
  await clock.advance(1_000)
  expect(ada.frames.filter(({ type }) => type === 'ephemeral')).toHaveLength(1)
})

it('is closed before it was opened', async () => {
  const { hub, clock, bridge } = await bridged()
  const { close, sent } = bridge()
  await close()
  await hub.ephemeral.publishReaction('1', 'ada', {})
  await clock.settle()
  expect(sent).toEqual([])
})

it('says why a room cannot be heard', async () => {
  const { bridge } = await bridged()
  const { opened, receive, close, sent } = bridge('eve', 'no room')
  await expect(opened).rejects.toMatchObject({ code: 'invalid_channel' })
  await receive({ action: 'typing' })
  expect(sent).toMatchObject([{ type: 'error', code: 'invalid_channel' }])
  await close()
})

it('goes on after sending failed', async () => {
  const { hub, clock } = await bridged()
  const sent: BridgeOutput[] = []
  const { opened, receive } = bridgeRoom(hub, {
    roomId: '1',
    userId: 'eve',
    send(output) {
      sent.push(output)
      throw new Error('the socket is gone')
    },
  })
  await opened
  await receive('{')
  await hub.ephemeral.publishReaction('1', 'ada', {})
  await hub.ephemeral.publishCustom('1', 'ada', {})
  await clock.settle()
  expect(sent.map(({ type }) => type)).toEqual(['error', 'ephemeral', 'ephemeral'])
})
