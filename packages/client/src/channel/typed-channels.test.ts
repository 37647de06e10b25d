import { defineChannel, type JsonValue } from '@coterie/protocol'
import { expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { Client } from '../client/client.ts'
import { createClient } from '../client/create-client.ts'
import { createWorld } from '../scripted/scripted-world.ts'
import type { SharedState } from '../state/shared-state.ts'
import type { AnyEventOf, Channel, ChannelOptions } from './channel.ts'

const document = defineChannel('document:{id}', {
  events: {
    edit: z.object({ content: z.string(), at: z.coerce.date<string>() }),
    count: z.number(),
  },
  presence: z.object({ color: z.string(), tool: z.string().default('pen') }),
  state: { title: z.string(), size: z.int() },
})
const chat = defineChannel('chat:{room}', { events: { say: z.string() } })

const client = createClient({ url: 'http://localhost', contracts: [document, chat] })
const channel = client.channel('document:7')

it('knows the events of a channel', () => {
  expectTypeOf(channel).toEqualTypeOf<Channel<typeof document>>()
  channel.on('edit', (event) => {
    expectTypeOf(event.event).toEqualTypeOf<'edit'>()
    expectTypeOf(event.payload).toEqualTypeOf<{ content: string; at: string }>()
  })
  channel.onAny((event) => {
    expectTypeOf(event).toEqualTypeOf<AnyEventOf<typeof document>>()
    if (event.event === 'count') expectTypeOf(event.payload).toEqualTypeOf<number>()
  })
  client.channel('document:*').on('count', ({ payload }) => {
    expectTypeOf(payload).toEqualTypeOf<number>()
  })
  expectTypeOf(client.channel('chat:1')).toEqualTypeOf<Channel<typeof chat>>()
  // @ts-expect-error no such event
  channel.on('delete', () => {})
})

it('knows what may be published', () => {
  type Publish = Parameters<typeof channel.publish<'edit'>>
  expectTypeOf<Publish[1]>().toEqualTypeOf<{ content: string; at: string }>()
  const publish = (): unknown => [
    channel.publish('count', 1),
    channel.publish('edit', { content: 'a', at: '2026-01-01' }),
    // @ts-expect-error no such event
    channel.publish('delete', {}),
    // @ts-expect-error the content is missing
    channel.publish('edit', { at: '2026-01-01' }),
    // @ts-expect-error the payload of another event
    channel.publish('count', 'one'),
  ]
  expect(publish).toBeTypeOf('function')
})

it('knows what others show, and what one may show', () => {
  const [entry] = channel.presence.others()
  expectTypeOf(entry?.data).toEqualTypeOf<{ color: string; tool: string } | undefined>()
  void channel.presence.update({ data: { color: 'red' }, status: 'away' })
  client.channel('document:8', { presence: { data: { color: 'red' } } })
  client.channel('document:8', { presence: 'follow', initialState: { title: 'New' } })
  // @ts-expect-error the color is text
  void channel.presence.update({ data: { color: 1 } })
  // @ts-expect-error the color is missing
  client.channel('document:9', { presence: { data: {} } })
  // @ts-expect-error no such key
  client.channel('document:9', { initialState: { author: 'ada' } })
})

it('knows the keys and values of shared state', () => {
  const { state } = channel
  expectTypeOf(state.value().title).toEqualTypeOf<string | undefined>()
  expectTypeOf(state.value().size).toEqualTypeOf<number | undefined>()
  const change = (): unknown => [
    state.set('title', 'Plans'),
    state.merge({ size: 1 }),
    state.delete('size'),
    state.change({ set: { title: 'a' }, delete: ['size'] }),
    // @ts-expect-error the title is text
    state.set('title', 1),
    // @ts-expect-error no such key
    state.set('author', 'ada'),
    // @ts-expect-error the size is a number
    state.merge({ size: 'big' }),
    // @ts-expect-error no such key
    state.delete('author'),
  ]
  expect(change).toBeTypeOf('function')
})

it('says the same by a type alone', () => {
  const typed = createClient<[typeof document]>({ url: 'http://localhost' })
  expectTypeOf(typed.channel('document:7')).toEqualTypeOf<Channel<typeof document>>()
})

it('allows everything where there is no contract', () => {
  const free = createClient({ url: 'http://localhost' })
  const options: ChannelOptions = { presence: { data: [1] }, initialState: { a: null } }
  for (const anything of [free.channel('a', options), client.channel('elsewhere', options)]) {
    expectTypeOf(anything).toEqualTypeOf<Channel>()
    anything.on('x', ({ payload }) => expectTypeOf(payload).toEqualTypeOf<JsonValue>())
    expectTypeOf(anything.state).toEqualTypeOf<SharedState>()
    expectTypeOf(anything.state.value().key).toEqualTypeOf<JsonValue | undefined>()
    expectTypeOf(anything.presence.members()[0]?.data).toEqualTypeOf<JsonValue | undefined>()
  }
  const name: string = 'document:7'
  expectTypeOf(client.channel(name)).toEqualTypeOf<Channel>()
})

it('is a client like any other', () => {
  expectTypeOf(client).toExtend<Client>()
  expectTypeOf(channel).toExtend<Channel>()
  expectTypeOf(createClient({ url: 'http://localhost' })).toEqualTypeOf<Client>()
})

it('leaves checking to the server', async () => {
  const room = defineChannel('room:{id}', { events: { say: z.string() } })
  const { join } = createWorld({ contracts: [room] })
  const { channel, socket } = await join()
  void channel.publish('shout', 5)
  expect(socket.take('publish')).toMatchObject({ event: 'shout', payload: 5 })
})
