import { createTestHub } from '@coterie/testing'
import { expect, it } from 'vitest'

const channels = { 'open:#': { publish: 'authenticated', history: true } } as const

const publish = (channel: string) => ({ type: 'publish', channel, event: 'e', payload: 1 })

it('counts the frames of a user over all connections', async () => {
  const limits = { userFramesPerSecond: 1, userFramesBurst: 20 }
  const { hub, clock, connect } = await createTestHub({ channels, limits })
  const tabs = await Promise.all(Array.from({ length: 3 }, () => connect('ada')))
  for (const tab of tabs)
    for (let n = 0; n < 10; n += 1) tab.send({ ...publish('open:1'), id: `${n}` })
  await clock.advance(100)
  const count = (type: string): number =>
    tabs.flatMap(({ frames }) => frames).filter((frame) => frame.type === type).length
  expect([count('reply'), count('error')]).toEqual([20, 10])
  expect(tabs[2]?.frames.at(-1)).toMatchObject({
    type: 'error',
    id: '9',
    code: 'rate_limited',
    details: { retry_after_ms: expect.any(Number) },
  })
  expect(hub.figures().refused.userFrames).toBe(10)

  const bob = await connect('bob')
  await bob.request(publish('open:1'))
  await clock.advance(1_000)
  await tabs[0]?.request(publish('open:1'))
})

it('counts the bytes of a user over all connections', async () => {
  const limits = { userBytesPerSecond: 10, userBytesBurst: 10_000 }
  const { hub, clock, connect } = await createTestHub({ channels, limits })
  const tabs = await Promise.all(Array.from({ length: 3 }, () => connect('ada')))
  for (const tab of tabs) tab.send({ ...publish('open:1'), payload: 'x'.repeat(4_000), id: '1' })
  await clock.advance(100)
  expect(tabs.map(({ frames }) => frames.at(-1)?.type)).toEqual(['reply', 'reply', 'error'])
  expect(hub.figures().refused.userBytes).toBe(1)
})

it('counts the channels that a user makes by writing to them', async () => {
  const limits = { newChannelsPerSecond: 1, newChannelsBurst: 3 }
  const { hub, clock, connect } = await createTestHub({ channels, limits })
  const [ada, otherTab, bob] = [await connect('ada'), await connect('ada'), await connect('bob')]
  for (const channel of ['open:1', 'open:2']) await ada.request(publish(channel))
  await otherTab.request(publish('open:3'))
  await expect(ada.request(publish('open:4'))).rejects.toMatchObject({
    code: 'rate_limited',
    details: { retry_after_ms: expect.any(Number) },
  })
  // What is there already costs nobody anything.
  await ada.request(publish('open:3'))
  await bob.request(publish('open:4'))
  await ada.request(publish('open:4'))
  expect(hub.figures().refused.newChannels).toBe(1)
  await clock.advance(1_000)
  await ada.request(publish('open:5'))
})
