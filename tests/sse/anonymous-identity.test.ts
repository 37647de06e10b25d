import { expect, it } from 'vitest'
import { RawStream } from './raw-stream.ts'
import { startStreamingHub } from './streaming-hub.ts'

interface Welcome {
  readonly session: string
  readonly user_id: string
  readonly identity: string
}

it('knows an anonymous stream again by the secret of the one before', async () => {
  const channels = {
    'room:*': { subscribe: 'public', publish: 'public', history: true },
  } as const
  const { url } = await startStreamingHub({ anonymous: true, channels })
  const open = async (): Promise<Welcome> => {
    const stream = await RawStream.open(`${url}/events`)
    return JSON.parse((await stream.next('connection')).data) as Welcome
  }
  const send = async ({ session }: Welcome, frames: readonly object[]): Promise<unknown> => {
    const headers = { authorization: `Session ${session}`, 'content-type': 'application/json' }
    const body = JSON.stringify(frames)
    return (await fetch(`${url}/frames`, { method: 'POST', headers, body })).json()
  }
  const publish = { type: 'publish', id: 'p', channel: 'room:1', event: 'e', payload: 1 }
  const before = await open()
  const [first] = (await send(before, [{ ...publish, message_id: 'm1' }])) as object[]
  expect(first).toMatchObject({ type: 'reply', payload: { duplicate: false } })

  const after = await open()
  expect(after.user_id).not.toBe(before.user_id)
  const answers = await send(after, [
    { type: 'auth', id: 'a', identity: before.identity },
    { ...publish, message_id: 'm1' },
  ])
  expect(answers).toMatchObject([
    { type: 'reply', id: 'a', payload: { user_id: before.user_id } },
    { type: 'reply', id: 'p', payload: { duplicate: true } },
  ])
})
