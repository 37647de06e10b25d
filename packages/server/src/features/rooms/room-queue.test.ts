import { createMemoryEngine } from '@coterie/server'
import { type EngineListener, type JsonText, MemoryBackplane } from '@coterie/server/engine'
import { FakeClock, SeededRandom } from '@coterie/testing'
import { expect, it } from 'vitest'
import { MEMBERS_MAP, RoomQueue } from './room-queue.ts'

const ROOM = 'room:1'

async function setUp() {
  const clock = new FakeClock()
  const random = new SeededRandom(1)
  const backplane = new MemoryBackplane(clock, random)
  const open = async (onChange: EngineListener['onChange']) => {
    const engine = createMemoryEngine({ clock, random, backplane })
    await engine.start({ onEvent() {}, onChange })
    return engine
  }
  const hearing = { isOn: true }
  const engine = await open((change) => {
    if (hearing.isOn) queue.apply(change)
  })
  const elsewhere = await open(() => {})
  const queue = new RoomQueue({ engine, clock, channel: ROOM, onIdle() {}, onLost() {} })
  const enter = (userId: string, maxUsers: number) => {
    const connectionId = `${userId}-1`
    return queue.enter({ connectionId, userId, maxUsers, isWanted: () => true })
  }
  const enterElsewhere = (userId: string) => {
    const value = JSON.stringify(userId) as JsonText
    return elsewhere.change(ROOM, MEMBERS_MAP, [{ key: `${userId}-1`, value }], { leased: true })
  }
  return { hearing, enter, enterElsewhere }
}

it('lets nobody into a room that filled while this node heard nothing of it', async () => {
  const { hearing, enter, enterElsewhere } = await setUp()
  expect(await enter('ada', 3)).toEqual({ ok: true })
  hearing.isOn = false
  await enterElsewhere('bob')
  hearing.isOn = true
  await enterElsewhere('cid')
  expect(await enter('dan', 3)).toMatchObject({ ok: false, error: { code: 'room_full' } })
})
