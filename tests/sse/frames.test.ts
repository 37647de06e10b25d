import { expect, it } from 'vitest'
import { RawStream } from './raw-stream.ts'
import { bearer, startStreamingHub } from './streaming-hub.ts'

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests match on parts of it
  readonly body: any
}

/** A stream and a way to send frames up beside it. */
async function openBoth(query = 'channels=room:1') {
  const { hub, url } = await startStreamingHub()
  const stream = await RawStream.open(`${url}/events?${query}`, bearer('ada'))
  const { session } = JSON.parse((await stream.next('connection')).data) as { session: string }
  const post = async (body: string, authorization = `Session ${session}`): Promise<Answer> => {
    const headers = { authorization, 'content-type': 'application/json' }
    const response = await fetch(`${url}/frames`, { method: 'POST', headers, body })
    return { status: response.status, body: await response.json() }
  }
  return { hub, stream, post, send: (frames: readonly object[]) => post(JSON.stringify(frames)) }
}

const publishFrame = (id: string) => ({
  type: 'publish',
  id,
  channel: 'room:1',
  event: 'e',
  payload: id,
})

it('answers frames in their order, each with its id, and the stream carries what follows', async () => {
  const { stream, send } = await openBoth()
  const ids = Array.from({ length: 40 }, (_, index) => `p-${index}`)
  const { status, body } = await send(ids.map(publishFrame))
  expect(status).toBe(200)
  expect(body.map(({ type, id }: { type: string; id: string }) => [type, id])).toEqual(
    ids.map((id) => ['reply', id]),
  )
  await stream.next('event', ids.length - 1)
  const events = stream.blocks.filter(({ event }) => event === 'event')
  expect(events.map(({ data }) => JSON.parse(data).payload)).toEqual(ids)
})

it('answers ping with pong', async () => {
  const { send } = await openBoth()
  expect(await send([{ type: 'ping', id: 'p' }])).toEqual({
    status: 200,
    body: [{ type: 'pong', id: 'p' }],
  })
})

it('leaves frames without an id unanswered, and takes an empty list', async () => {
  const { stream, send } = await openBoth()
  const { id: _, ...unnamed } = publishFrame('unnamed')
  expect(await send([unnamed])).toEqual({ status: 200, body: [] })
  expect(JSON.parse((await stream.next('event')).data)).toMatchObject({ payload: 'unnamed' })
  expect(await send([])).toEqual({ status: 200, body: [] })
})

it('answers a frame of a wrong shape or type, and those beside it', async () => {
  const { send } = await openBoth()
  const { status, body } = await send([
    { type: 'publish', id: 'shape', channel: 'room:1' },
    { type: 'dance', id: 'type' },
    publishFrame('good'),
  ])
  expect(status).toBe(200)
  expect(body).toMatchObject([
    { type: 'error', id: 'shape', code: 'bad_frame' },
    { type: 'error', id: 'type', code: 'unknown_type' },
    { type: 'reply', id: 'good' },
  ])
})

it('lets a stream join and leave channels that its address does not name', async () => {
  const { stream, send } = await openBoth('')
  await send([{ type: 'subscribe', id: 's', channel: 'room:1' }, publishFrame('heard')])
  expect(await stream.next('event')).toMatchObject({ id: '-' })
  await send([{ type: 'unsubscribe', id: 'u', channel: 'room:1' }, publishFrame('unheard')])
  await send([{ type: 'subscribe', id: 's', channel: 'room:1' }, publishFrame('again')])
  await stream.next('event', 1)
  const events = stream.blocks.filter(({ event }) => event === 'event')
  expect(events.map(({ data }) => JSON.parse(data).payload)).toEqual(['heard', 'again'])
})

it.each([
  ['of an unknown session', '[]', 'Session unknown', 404, 'not_found'],
  ['with a token in place of a session', '[]', 'Bearer ada', 401, 'unauthorized'],
  ['without a session', '[]', '', 401, 'unauthorized'],
  ['that is no array', '{"type":"ping","id":"p"}', undefined, 400, 'invalid_payload'],
  ['that is empty', '', undefined, 400, 'invalid_payload'],
  ['of too many frames', `[${Array(101).fill('{}')}]`, undefined, 400, 'invalid_payload'],
  ['with too long a frame', `["${'x'.repeat(70_000)}"]`, undefined, 413, 'too_large'],
  ['that is too long', `[${'"x",'.repeat(300_000)}""]`, undefined, 413, 'too_large'],
])('refuses a body %s, and the stream goes on', async (_, text, authorization, status, code) => {
  const { post, send } = await openBoth()
  expect(await post(text, authorization)).toMatchObject({ status, body: { error: { code } } })
  expect(await send([{ type: 'ping', id: 'p' }])).toMatchObject({ status: 200 })
})

const TOO_DEEP = `${'['.repeat(40)}${']'.repeat(40)}`

it.each([
  ['nothing', '[{"type":"ping","id":"p"},]'],
  ['no JSON', '[not json]'],
  ['no object', '[1]'],
  ['too deep', `[{"type":"ping","id":"p","x":${TOO_DEEP}}]`],
])('ends the stream for a frame that is %s, as a WebSocket is closed for it', async (_, body) => {
  const { stream, post } = await openBoth()
  expect((await post(body)).status).toBe(200)
  await stream.ended()
  const close = stream.blocks.at(-1)
  expect(close?.event).toBe('close')
  expect(JSON.parse(close?.data ?? '')).toMatchObject({ code: 1007 })
})

it('forgets the session with its stream', async () => {
  const { stream, post } = await openBoth()
  stream.close()
  // The server hears of it by another connection than the one that asks.
  let { status } = await post('[]')
  while (status === 200) status = (await post('[]')).status
  expect(status).toBe(404)
})
