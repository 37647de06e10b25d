import { type ChannelContract, defineChannel } from '@coterie/protocol'
import { expect, expectTypeOf, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { createHub, type Hub } from './create-hub.ts'
import type { RealtimeHub } from './hub.ts'

const document = defineChannel('document:{id}', {
  events: {
    edit: z.object({ content: z.string(), by: z.string().default('nobody') }),
    count: z.number(),
  },
})

function openHub() {
  const hub = createHub({ contracts: [document], undeclared: 'allow' })
  onTestFinished(() => hub.close())
  return hub
}

it('knows the events of a channel and their payloads', async () => {
  const hub = openHub()
  const id: string = '7'
  expect(await hub.publish('document:7', 'edit', { content: 'a' })).toMatchObject({ ok: true })
  expect(await hub.publish(`document:${id}`, 'count', 1)).toMatchObject({ ok: true })
  expect(await hub.publish('document:*', 'count', 1)).toMatchObject({ ok: true })

  // @ts-expect-error no such event
  expect(await hub.publish('document:7', 'delete', {})).toMatchObject({ ok: false })
  // @ts-expect-error the content is text
  expect(await hub.publish('document:7', 'edit', { content: 1 })).toMatchObject({ ok: false })
  // @ts-expect-error the payload of another event
  expect(await hub.publish('document:7', 'count', { content: 'a' })).toMatchObject({ ok: false })
  // @ts-expect-error no such event, in a channel named by a template string
  expect(await hub.publish(`document:${id}`, 'delete', {})).toMatchObject({ ok: false })
})

it('takes any event in channels of which it knows nothing', async () => {
  const hub = openHub()
  const name: string = document.name({ id: 7 })
  expect(await hub.publish('lobby', 'anything', { a: [1, null] })).toMatchObject({ ok: true })
  expect(await hub.publish('document:7:notes', 'anything', 1)).toMatchObject({ ok: true })
  // A name that is known only when the program runs is checked only then.
  expect(await hub.publish(name, 'delete', {})).toMatchObject({ ok: false })
})

it('is a hub like any other', () => {
  const hub = openHub()
  expectTypeOf(hub).toExtend<Hub>()
  expectTypeOf(hub).toExtend<RealtimeHub>()
  expectTypeOf(hub).toExtend<Pick<RealtimeHub, 'publish'>>()
  expectTypeOf(createHub).returns.toExtend<RealtimeHub>()
  expectTypeOf<RealtimeHub>().toEqualTypeOf<RealtimeHub<readonly ChannelContract[]>>()
  hub.createChannel('lobby')
  expectTypeOf(hub.publish('lobby', 'a text')).toEqualTypeOf<number>()
})
