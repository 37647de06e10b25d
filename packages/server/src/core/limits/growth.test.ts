import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createTestHub } from '@coterie/testing'
import { expect, it } from 'vitest'

const ROUNDS = 5
const NAMES_A_ROUND = 2_000
const HOUR_MS = 3_600_000
/** A table that kept its 8,000 names would be several times as large. */
const MAX_GROWTH_BYTES = 1_000_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

it('keeps nothing of channels and users that are gone', async () => {
  const { hub, clock, connect } = await createTestHub({
    channels: { 'room:*': { history: { size: 3 }, presence: true, state: true } },
    limits: {
      framesPerSecond: 1_000_000,
      framesBurst: 1_000_000,
      userFramesPerSecond: 0,
      newChannelsPerSecond: 0,
      joinsPerSecond: 0,
    },
  })
  const used: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const user = await connect(`user-${round}`)
    for (let n = 0; n < NAMES_A_ROUND; n += 100) {
      const channels = Array.from({ length: 100 }, (_, k) => `room:${round}-${n + k}`)
      await Promise.all(channels.map((channel) => user.subscribe(channel, { presence: true })))
      await Promise.all(channels.map((channel) => user.publish(channel, 'e', 'hello')))
      await Promise.all(channels.map((channel) => user.unsubscribe(channel)))
      await Promise.all(channels.map((channel) => user.history(`${channel}:none`).catch(() => {})))
      user.frames.length = 0
      user.texts.length = 0
    }
    user.socket.close()
    // An empty log keeps its epoch for an hour, so that clients can resume.
    await clock.advance(2 * HOUR_MS)
    collectGarbage()
    used.push(process.memoryUsage().heapUsed)
  }
  const [, settled = 0] = used
  expect((used.at(-1) ?? 0) - settled).toBeLessThan(MAX_GROWTH_BYTES)
  expect(hub.figures().connections).toBe(0)
})
