import { expect, it } from 'vitest'
import { createRoomsWorld } from '../scripted/scripted-rooms.ts'
import { createWorld, joinReply } from '../scripted/scripted-world.ts'
import { createSharedDocument } from '../state/shared-document.ts'

const TAGS = { tags: new Set(['a']) } as never
const refusalAt = (place: string) => ({
  code: 'invalid_payload',
  message: `${place}.tags: expected a value that JSON can carry, got Set; make it an array, a plain object or a string`,
})

async function joined() {
  const world = createWorld()
  const reply = joinReply({ presence: [], state: { version: 1, value: {} } })
  return { ...world, ...(await world.join({ presence: true, state: true }, reply)) }
}

it('refuses to publish what JSON would drop, and says what and where', async () => {
  const { channel, socket } = await joined()
  await expect(channel.publish('message', TAGS)).rejects.toMatchObject(refusalAt('payload'))
  await expect(channel.publish('message', TAGS, { volatile: true })).rejects.toMatchObject(
    refusalAt('payload'),
  )
  expect(socket.has('publish')).toBe(false)
})

it('publishes dates as their text', async () => {
  const { channel, socket } = await joined()
  void channel.publish('message', { at: new Date(0), left: undefined } as never)
  expect(socket.take('publish').payload).toEqual({ at: '1970-01-01T00:00:00.000Z' })
})

it('refuses shared state that JSON would drop, whichever way it is set', async () => {
  const { channel, socket } = await joined()
  await expect(channel.state.merge(TAGS)).rejects.toMatchObject(refusalAt('set'))
  const document = createSharedDocument<Record<string, unknown>>(channel.state, {})
  await expect(document.merge(TAGS)).rejects.toMatchObject(refusalAt('state'))
  await document
    .set('cards', [{ id: 'a', ...(TAGS as object), size: 1n }])
    .catch((error) =>
      expect(error).toMatchObject({ message: expect.stringMatching(/^state\.cards\[0\]\.tags: /) }),
    )
  expect([channel.state.value(), socket.has('state')]).toEqual([{}, false])
})

it('does not take what JSON would drop for what is there already', async () => {
  const { channel } = await joined()
  const document = createSharedDocument<{ cards: readonly { id: string }[] }>(channel.state, {
    cards: [],
  })
  void document.set('cards', [{ id: 'a', ...({ seen: {} } as object) }])
  const changed = document.set('cards', [{ id: 'a', ...({ seen: new Map([[1, 2]]) } as object) }])
  await expect(changed).rejects.toMatchObject({ code: 'invalid_payload' })
})

it('refuses presence data that JSON would drop, before and after the join', async () => {
  const { client, channel, socket } = await joined()
  await expect(channel.presence.update({ data: TAGS })).rejects.toMatchObject(
    refusalAt('presence.data'),
  )
  expect(socket.has('presence')).toBe(false)
  const early = client.channel('room:2').presence.update({ data: TAGS })
  await expect(early).rejects.toMatchObject(refusalAt('presence.data'))
})

it('keeps what a presence was told, whatever the caller does to the object', async () => {
  const { client, socket } = await joined()
  const data = { tool: 'pen' }
  const channel = client.channel('room:2', { presence: true })
  await channel.presence.update({ data })
  data.tool = 'eraser'
  void channel.subscribe()
  expect(socket.take('subscribe').presence).toMatchObject({ data: { tool: 'pen' } })
})

it.each([{ presence: { data: TAGS } }, { state: true, initialState: TAGS }])(
  'refuses a subscription with %o',
  async (options) => {
    const { client, socket } = await joined()
    const channel = client.channel('room:2', options)
    await expect(channel.subscribe()).rejects.toMatchObject({
      code: 'invalid_payload',
      message: expect.stringMatching(/^subscribe\..*\.tags: .* got Set/),
    })
    expect([channel.status(), socket.has('subscribe')]).toEqual(['refused', false])
  },
)

it('refuses a message that JSON would drop', async () => {
  const { client, socket } = await joined()
  const outcomes: unknown[] = []
  client.request({ type: 'message', payload: TAGS }, (result) => outcomes.push(result))
  client.request({ type: 'message', payload: 1n as never }, (result) => outcomes.push(result))
  expect(outcomes).toMatchObject([
    { ok: false, error: refusalAt('message.payload') },
    { ok: false, error: { message: expect.stringMatching(/^message\.payload: .* got bigint/) } },
  ])
  expect(socket.has('message')).toBe(false)
})

it('tells `onError` of a message of a hook that JSON would drop', async () => {
  const { client, clock, problems } = createRoomsWorld()
  client.send('note', TAGS, '1').catch(() => {})
  await clock.settle()
  expect(problems).toEqual([refusalAt('payload').message])
})
