import { expect, it } from 'vitest'
import { RawStream } from './raw-stream.ts'
import { bearer, CHANNELS, startStreamingHub } from './streaming-hub.ts'

const options = {
  channels: { ...CHANNELS, 'room:*': { presence: true } },
  rooms: { pair: { maxUsers: 2 } },
} as const

it('keeps the seat of a stream that is cut, though another knocks meanwhile', async () => {
  const { hub, url } = await startStreamingHub(options)
  const address = `${url}/events?channels=room:pair`
  const open = async (name: string) => {
    const stream = await RawStream.open(address, bearer(name))
    if (stream.response.status === 200) await stream.next('connection')
    return stream
  }
  await open('ada')
  const bob = await open('bob')
  bob.close()
  await expect.poll(() => hub.figures().connections).toBe(1)
  expect((await open('cleo')).response.status).toBe(409)
  expect((await open('bob')).response.status).toBe(200)
})
