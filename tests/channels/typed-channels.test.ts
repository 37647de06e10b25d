import { createClient, type TransportName } from '@coterie/client'
import { defineChannel } from '@coterie/protocol'
import { createHub } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { expect, expectTypeOf, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { openRestHub, SERVER_KEY } from '../rest/rest-hub.ts'

const document = defineChannel('document:{id}', {
  events: {
    edit: z.object({ content: z.string().trim(), by: z.string().default('nobody') }),
    // Asking somewhere else takes time.
    approve: z.object({ by: z.string() }).refine(async ({ by }) => by !== 'mallory', {
      error: 'mallory may not approve',
      path: ['by'],
    }),
  },
  presence: z.object({ color: z.string(), tool: z.string().default('pen') }),
  state: { title: z.string().trim(), 'notes/*': z.looseObject({ order: z.string() }) },
})
const rules = { history: true, presence: true, state: true }
const NAME = document.name({ id: 7 })

/** A hub whose documents have a contract, and one who is in one of them by a transport. */
async function openDocument(transports: readonly TransportName[]) {
  const contracts = [document] as const
  const hub = createHub({
    contracts,
    channels: { 'document:*': rules },
    authenticator: nameAuthenticator,
  })
  onTestFinished(() => hub.close())
  const url = await hub.listen({ port: 0 })
  const connect = async (token: string, color: string) => {
    const client = createClient({ url, token, transports, contracts })
    onTestFinished(() => client.disconnect())
    client.connect()
    const channel = client.channel('document:7', { presence: { data: { color } }, state: true })
    await channel.subscribe()
    return channel
  }
  return { hub, ada: await connect('ada', 'red'), bob: await connect('bob', 'blue') }
}

it.each<TransportName>(['websocket', 'sse'])(
  'carries what the contract makes of it, and nothing else, over %s',
  async (transport) => {
    const { hub, ada, bob } = await openDocument([transport])
    const contents: string[] = []
    const approvals: string[] = []
    bob.on('edit', ({ payload: { content, by } }) => contents.push(`${content} by ${by}`))
    bob.on('approve', ({ payload }) => {
      expectTypeOf(payload).toEqualTypeOf<{ by: string }>()
      approvals.push(payload.by)
    })

    await Promise.all([
      ada.publish('edit', { content: ' one ' }),
      ada.publish('approve', { by: 'ada' }),
      ada.publish('edit', { content: 'two', by: 'ada' }),
    ])
    await hub.publish('document:7', 'edit', { content: 'three' })
    await expect.poll(() => contents).toEqual(['one by nobody', 'two by ada', 'three by nobody'])
    expect(approvals).toEqual(['ada'])

    await expect(ada.publish('approve', { by: 'mallory' })).rejects.toMatchObject({
      code: 'invalid_payload',
      message: 'payload.by: mallory may not approve',
      details: { path: 'payload.by', event: 'approve' },
    })
    // @ts-expect-error the content is text
    const wrong = ada.publish('edit', { content: 1 })
    await expect(wrong).rejects.toMatchObject({ details: { path: 'payload.content' } })
    // @ts-expect-error no such event
    await expect(ada.publish('delete', {})).rejects.toThrow('declared: edit, approve')
    expect(contents).toHaveLength(3)
  },
)

it('shows and shares what the contract makes of it, and takes back what it refuses', async () => {
  const { ada, bob } = await openDocument(['websocket'])
  await expect
    .poll(() => bob.presence.others().map(({ data }) => data))
    .toEqual([{ color: 'red', tool: 'pen' }])
  // @ts-expect-error the color is text
  const wrongColor = ada.presence.update({ data: { color: 5 } })
  await expect(wrongColor).rejects.toMatchObject({ details: { path: 'data.color' } })

  await ada.state.set('title', ' Plans ')
  await ada.state.set('notes/a', { order: 'a0', text: 'hello' })
  const expected = { title: 'Plans', 'notes/a': { order: 'a0', text: 'hello' } }
  await expect.poll(() => bob.state.value()).toEqual(expected)
  expect(ada.state.value()).toEqual(expected)

  // @ts-expect-error the title is text
  const wrongTitle = ada.state.set('title', 5)
  expect(ada.state.value().title).toBe(5)
  await expect(wrongTitle).rejects.toMatchObject({ details: { path: 'set.title' } })
  expect(ada.state.value()).toEqual(expected)
})

it('replays to who was away what the contract made of it', async () => {
  const { hub, bob } = await openDocument(['websocket'])
  await hub.publish('document:7', 'edit', { content: ' x ' })
  const { events } = await bob.history()
  expect(events.map(({ payload }) => payload)).toEqual([{ content: 'x', by: 'nobody' }])
})

it('answers 422 to who publishes by REST what the contract does not allow', async () => {
  const { call } = await openRestHub({ contracts: [document], channels: { 'document:*': rules } })
  const publish = (event: string, payload: unknown) =>
    call('POST', 'publish', { as: SERVER_KEY, body: { channel: NAME, event, payload } })
  expect(await publish('edit', { content: 1 })).toMatchObject({
    status: 422,
    body: {
      error: {
        code: 'invalid_payload',
        message: 'payload.content: Invalid input: expected string, received number',
        details: { path: 'payload.content', event: 'edit' },
      },
    },
  })
  expect(await publish('delete', {})).toMatchObject({ status: 422 })
  expect(await publish('edit', { content: ' y ' })).toMatchObject({ status: 200 })
  const { body } = await call('GET', `channels/${NAME}/history`, { as: SERVER_KEY })
  expect(body.events).toMatchObject([{ payload: { content: 'y', by: 'nobody' } }])
})
