import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import type { Channel } from '../channel/channel.ts'
import { createRoomsWorld } from '../scripted/scripted-rooms.ts'
import { createWorld, joinReply } from '../scripted/scripted-world.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const NAMES = 10_000
const MANY_NAMES = 100_000
/** Those used last are kept, whether anybody holds them or not. */
const MOST_KEPT = 300

/** What was looked at in a turn lives until its end. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))
const NAMES_A_TURN = 500

/** How many of these live after all that can be was collected. */
async function countLiving(references: readonly WeakRef<object>[]): Promise<number> {
  await nextTurn()
  collectGarbage()
  return references.filter((reference) => reference.deref()).length
}

it.each<[string, number, (channel: Channel) => void]>([
  ['asked for', NAMES, () => {}],
  [
    'joined and left',
    MANY_NAMES,
    (channel) => {
      void channel.subscribe()
      void channel.unsubscribe()
    },
  ],
  ['held and released', NAMES, (channel) => void channel.use({ presence: true }).release()],
  [
    'listened to for a while',
    NAMES,
    (channel) => {
      const offs = [
        channel.on('message', () => {}),
        channel.onAny(() => {}),
        channel.onGap(() => {}),
        channel.status.subscribe(() => {}),
        channel.presence.others.subscribe(() => {}),
        channel.state.value.subscribe(() => {}),
        channel.typing.users.subscribe(() => {}),
      ]
      for (const off of offs) off()
    },
  ],
])('keeps nothing of names that were %s once, be they %i', async (_, names, use) => {
  const { client } = createWorld()
  const channels: WeakRef<object>[] = []
  // A function of its own, as the last name would live in this one.
  const useOne = (name: string): WeakRef<object> => {
    const channel = client.channel(name)
    use(channel)
    return new WeakRef(channel)
  }
  for (let number = 0; number < names; number += 1) {
    channels.push(useOne(`room:${number}`))
    if (number % NAMES_A_TURN === 0) await nextTurn()
  }
  await expect.poll(() => countLiving(channels)).toBeLessThanOrEqual(MOST_KEPT)
  client.disconnect()
  await expect.poll(() => countLiving(channels)).toBe(0)
})

it('keeps nothing of rooms that were entered once', async () => {
  const { client } = createRoomsWorld()
  const rooms: WeakRef<object>[] = []
  for (let number = 0; number < NAMES; number += 1) {
    const room = client.room(`${number}`)
    room.enter({}).leave()
    rooms.push(new WeakRef(room), new WeakRef(room.channel))
    if (number % NAMES_A_TURN === 0) await nextTurn()
  }
  await expect.poll(() => countLiving(rooms)).toBeLessThanOrEqual(2 * MOST_KEPT)
})

it('keeps nothing of a name that was published to once', async () => {
  const { client, connect, clock } = createWorld()
  const socket = await connect()
  const channels: WeakRef<object>[] = []
  for (let number = 0; number < 1_000; number += 1) {
    const channel = client.channel(`room:${number}`)
    channels.push(new WeakRef(channel))
    void channel.publish('message', number)
    await clock.until(() => socket.has('publish'))
    socket.reply(socket.take('publish'), { id: 'm', duplicate: false })
  }
  await expect.poll(() => countLiving(channels)).toBeLessThanOrEqual(MOST_KEPT)
})

it('returns the same channel for as long as somebody holds it or a part of it', async () => {
  const { client } = createWorld()
  const held = client.channel('room:held')
  const { status } = client.channel('room:part')
  const reference = new WeakRef(client.channel('room:part'))
  for (let number = 0; number < 1_000; number += 1) client.channel(`room:${number}`)
  await countLiving([])
  expect(client.channel('room:held')).toBe(held)
  expect(client.channel('room:part').status).toBe(status)
  expect(reference.deref()?.status).toBe(status)
})

it('hears what a listener was added for that nobody else remembers', async () => {
  const { client, connect } = createWorld()
  const statuses: string[] = []
  client.channel('room:1').status.subscribe((status) => statuses.push(status))
  for (let number = 2; number < 1_000; number += 1) client.channel(`room:${number}`)
  await countLiving([])
  void client.channel('room:1').subscribe()
  const socket = await connect()
  socket.reply(socket.take('subscribe'), joinReply())
  expect(statuses).toEqual(['joining', 'joined'])
})

it('stays in channels that nobody holds, and joins them again after a cut', async () => {
  const { client, connect, reconnected } = createWorld()
  const socket = await connect()
  for (let number = 0; number < 20; number += 1) {
    void client.channel(`room:${number}`).subscribe()
    const subscribe = socket.take('subscribe')
    socket.reply(subscribe, joinReply({ channel: subscribe.channel }))
  }
  for (let number = 0; number < 1_000; number += 1) client.channel(`other:${number}`)
  await countLiving([])
  socket.end()
  const next = await reconnected()
  let joined = 0
  while (next.has('subscribe')) {
    next.take('subscribe')
    joined += 1
  }
  expect(joined).toBe(20)
})
