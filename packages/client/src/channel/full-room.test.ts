import { expect, it } from 'vitest'
import { createWorld, eventAt, joinReply } from '../scripted/scripted-world.ts'

/** A member who comes back after a cut and finds the room full. */
async function comeBackTooLate() {
  const world = createWorld()
  const { channel } = await world.join({ presence: true }, joinReply({ presence: [] }))
  const statuses: string[] = []
  channel.status.subscribe((status) => statuses.push(status))
  const { socket, subscribe } = await world.comeBack()
  socket.refuse(subscribe, 'room_full')
  return { ...world, channel, socket, statuses }
}

it('tells a member who comes back too late that the room is full, once', async () => {
  const { channel, clock, socket, statuses } = await comeBackTooLate()
  expect([channel.status(), channel.error()?.code]).toEqual(['refused', 'room_full'])
  expect(channel.presence.members()).toEqual([])
  for (let n = 0; n < 5; n += 1) {
    await clock.advance(30_000)
    socket.refuse(socket.take('subscribe'), 'room_full')
  }
  expect(statuses).toEqual(['joining', 'refused'])
})

it('comes back by itself when there is room, with what was missed', async () => {
  const { channel, clock, socket, statuses } = await comeBackTooLate()
  const heard: unknown[] = []
  channel.onAny(({ position }) => heard.push(position))
  await clock.advance(8_000)
  const subscribe = socket.take('subscribe')
  expect(subscribe.since).toBe('e:0')
  const events = [eventAt('e:1'), eventAt('e:2')]
  socket.reply(subscribe, joinReply({ recovered: true, position: 'e:2', events }))
  expect([channel.status(), channel.error()]).toEqual(['joined', null])
  expect(heard).toEqual(['e:1', 'e:2'])
  expect(statuses).toEqual(['joining', 'refused', 'joined'])
})

it('goes on waiting over another cut, and stops when the channel is left', async () => {
  const { channel, clock, comeBack } = await comeBackTooLate()
  const { socket, subscribe } = await comeBack()
  socket.refuse(subscribe, 'room_full')
  await clock.advance(8_000)
  socket.refuse(socket.take('subscribe'), 'room_full')
  expect(channel.status()).toBe('refused')
  void channel.unsubscribe()
  expect([channel.status(), channel.error()]).toEqual(['idle', null])
  await clock.advance(60_000)
  expect(socket.has('subscribe')).toBe(false)
})

it('asks at once when somebody subscribes again, who then waits with the others', async () => {
  const { channel, clock, socket } = await comeBackTooLate()
  let isIn = false
  void channel.subscribe().then(() => {
    isIn = true
  })
  socket.refuse(socket.take('subscribe'), 'room_full')
  expect(channel.status()).toBe('refused')
  await clock.advance(8_000)
  expect(isIn).toBe(false)
  socket.reply(socket.take('subscribe'), joinReply())
  await clock.settle()
  expect(isIn).toBe(true)
})

it('sends what is published meanwhile, for the server to answer', async () => {
  const { channel, socket } = await comeBackTooLate()
  const published = channel.publish('message', 1)
  socket.refuse(socket.take('publish'), 'not_member')
  await expect(published).rejects.toMatchObject({ code: 'not_member' })
})

it('lets nothing wait for ever that was published before a join was refused', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1')
  void channel.subscribe()
  const published = channel.publish('message', 1)
  const socket = await connect()
  socket.refuse(socket.take('subscribe'), 'forbidden')
  socket.refuse(socket.take('publish'), 'not_member')
  await expect(published).rejects.toMatchObject({ code: 'not_member' })
})

it('does not wait where one was never let in', async () => {
  const { client, clock, connect } = createWorld()
  const joined = client.channel('room:1').subscribe()
  const socket = await connect()
  socket.refuse(socket.take('subscribe'), 'room_full')
  await expect(joined).rejects.toMatchObject({ code: 'room_full' })
  await clock.advance(60_000)
  expect(socket.has('subscribe')).toBe(false)
})
