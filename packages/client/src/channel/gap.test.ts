import { expect, it } from 'vitest'
import { createWorld, eventAt, eventsBetween, joinReply } from '../scripted/scripted-world.ts'
import type { Channel } from './channel.ts'

/** What a channel tells, in order. */
function heardOf(channel: Channel): string[] {
  const heard: string[] = []
  channel.onAny(({ position }) => heard.push(`${position}`))
  channel.onGap(({ after, next, reason }) => heard.push(`gap ${after} ${next} ${reason}`))
  channel.onReset(({ reason }) => heard.push(`reset ${reason}`))
  return heard
}

const gapFrame = (fields: object = {}) => ({
  type: 'gap',
  channel: 'room:1',
  after: 'e:5',
  next: 'e:9',
  reason: 'trimmed',
  ...fields,
})

it('tells of a gap in its place, and goes on behind it', async () => {
  const { join, comeBack } = createWorld()
  const { socket, channel } = await join({}, joinReply({ position: 'e:4' }))
  const heard = heardOf(channel)
  socket.deliver(eventAt('e:5'))
  socket.deliver(gapFrame())
  socket.deliver(eventAt('e:9'))
  expect(heard).toEqual(['e:5', 'gap e:5 e:9 trimmed', 'e:9'])
  expect((await comeBack()).subscribe.since).toBe('e:9')
})

it('does not ask again for what it was told is lost', async () => {
  const { join, comeBack } = createWorld()
  const { socket, channel } = await join({}, joinReply({ position: 'e:5' }))
  const heard = heardOf(channel)
  socket.deliver(gapFrame())
  const back = await comeBack()
  expect(back.subscribe.since).toBe('e:8')
  const events = eventsBetween(9, 9)
  back.socket.reply(back.subscribe, joinReply({ recovered: true, position: 'e:9', events }))
  expect(heard).toEqual(['gap e:5 e:9 trimmed', 'e:9'])
})

it('goes on into another life of the log', async () => {
  const { join, comeBack } = createWorld()
  const { socket } = await join({}, joinReply({ position: 'e:5' }))
  socket.deliver(gapFrame({ next: 'f:1', reason: 'unknown_epoch' }))
  expect((await comeBack()).subscribe.since).toBe('f:0')
})

it('tells of a gap on a channel without history', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join({}, joinReply({ position: null }))
  const heard = heardOf(channel)
  socket.deliver(gapFrame({ after: null, next: null, reason: 'too_slow' }))
  expect(heard).toEqual(['gap null null too_slow'])
})

it('tells of a gap during a join after the reply, unless the reply fills it', async () => {
  const { join, comeBack } = createWorld()
  const { channel } = await join({}, joinReply({ position: 'e:5' }))
  const heard = heardOf(channel)
  const { socket, subscribe } = await comeBack()
  socket.deliver(gapFrame({ next: 'e:7' }))
  socket.deliver(gapFrame({ after: 'e:8', next: 'e:11' }))
  socket.deliver(eventAt('e:11'))
  expect(heard).toEqual([])
  socket.reply(
    subscribe,
    joinReply({ recovered: true, position: 'e:8', events: eventsBetween(6, 8) }),
  )
  expect(heard).toEqual(['e:6', 'e:7', 'e:8', 'gap e:8 e:11 trimmed', 'e:11'])
})

it('asks the log again when more came during a join than can be held', async () => {
  const { join, comeBack } = createWorld()
  const { channel } = await join({}, joinReply({ position: 'e:0' }))
  const heard = heardOf(channel)
  const { socket, subscribe } = await comeBack()
  for (const event of eventsBetween(1, 10_005)) socket.deliver(event)
  socket.reply(subscribe, joinReply({ recovered: true, position: 'e:0' }))
  expect(heard).toHaveLength(10_000)
  expect(channel.status()).toBe('joining')
  const again = socket.take('subscribe')
  expect(again.since).toBe('e:10000')
  socket.deliver(eventAt('e:10006'))
  const events = eventsBetween(10_001, 10_005)
  socket.reply(again, joinReply({ recovered: true, position: 'e:10005', events }))
  expect(heard).toEqual(Array.from({ length: 10_006 }, (_, index) => `e:${index + 1}`))
  expect(channel.status()).toBe('joined')
})

it('starts afresh when more came than can be held and there is no log', async () => {
  const { join, comeBack } = createWorld()
  const { channel } = await join({}, joinReply({ position: null }))
  const heard = heardOf(channel)
  const { socket, subscribe } = await comeBack()
  for (let n = 0; n < 10_001; n += 1) socket.deliver(eventAt(undefined))
  socket.reply(subscribe, joinReply({ position: null }))
  expect(heard).toHaveLength(10_001)
  expect(heard.at(-1)).toBe('reset too_many')
  expect(channel.status()).toBe('joined')
  expect(socket.has('subscribe')).toBe(false)
})
