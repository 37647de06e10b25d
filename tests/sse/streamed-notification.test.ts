import { expect, it } from 'vitest'
import { RawStream } from './raw-stream.ts'
import { bearer, startStreamingHub } from './streaming-hub.ts'

it('streams a notification itself, with its own type, and in payload for earlier clients', async () => {
  const { hub, url } = await startStreamingHub()
  const stream = await RawStream.open(`${url}/events`, bearer('ada'))
  await stream.next('connection')
  const created = await hub.notifications.create({
    title: 'New message',
    message: 'You have a new message from Jane',
    recipients: ['ada'],
    type: 'message',
    metadata: { text: 'a line\nand "another", with }' },
  })
  expect(created.ok).toBe(true)
  const { data } = await stream.next('notification')
  const { payload, ...own } = JSON.parse(data) as { payload: object }
  expect(own).toMatchObject({
    id: expect.any(String),
    title: 'New message',
    message: 'You have a new message from Jane',
    type: 'message',
    metadata: { text: 'a line\nand "another", with }' },
  })
  expect(payload).toEqual(own)
})
