import { expect, expectTypeOf, it } from 'vitest'
import { useBroadcast } from '../rooms/use-broadcast.ts'
import { usePresence } from '../rooms/use-presence.ts'
import { useSharedState } from '../rooms/use-shared-state.ts'
import { createRoomsWorld } from '../scripted/scripted-rooms.ts'
import { createWorld } from '../scripted/scripted-world.ts'
import { createSharedDocument } from '../state/shared-document.ts'
import { createSharedList } from '../state/shared-list.ts'

interface Stroke {
  readonly id: string
  readonly points: readonly number[]
  color?: string
  readonly at: Date
}
interface Board {
  readonly title: string
  readonly strokes: readonly Stroke[]
  author?: string | undefined
}

const stroke: Stroke = { id: 's-1', points: [1, 2], at: new Date(0) }
const board: Board = { title: 'Plans', strokes: [stroke], author: undefined }
const sent = { id: 's-1', points: [1, 2], at: '1970-01-01T00:00:00.000Z' }

it('publishes an interface, whose dates arrive as text', async () => {
  const { join } = createWorld()
  const { socket, channel } = await join()
  void channel.publish('stroke', stroke)
  expect(socket.take('publish').payload).toEqual(sent)
  // @ts-expect-error the types refuse what JSON cannot carry
  await expect(channel.publish('stroke', { points: new Set([1]) })).rejects.toMatchObject({
    code: 'invalid_payload',
  })
})

it('shows an interface as presence', async () => {
  const { client, connect } = createWorld()
  const channel = client.channel('room:1', { presence: { data: stroke } })
  void channel.subscribe()
  const socket = await connect()
  expect(socket.take('subscribe').presence).toEqual({ data: sent })
  void channel.presence.update({ data: board })
})

it('shares an interface as state, whole and by its keys', async () => {
  const { client, join } = createWorld()
  const { socket, channel } = await join({ state: true, initialState: board })
  const { state } = channel
  void state.set('stroke', stroke)
  expect(socket.take('state').set).toEqual({ stroke: sent })
  void client.channel('room:2', { initialState: { stroke } })
  void state.merge(board)
  void state.change({ set: board, delete: ['stroke'] })
  // @ts-expect-error the types refuse what JSON cannot carry
  await expect(state.set('stroke', new Map())).rejects.toMatchObject({ code: 'invalid_payload' })
})

it('keeps lists and documents of interfaces', () => {
  const { client } = createWorld()
  const { state } = client.channel('room:1')
  void createSharedList<Stroke>(state, 'strokes').insert(stroke)
  const document = createSharedDocument(state, board)
  void document.list('strokes').update('s-1', { color: 'red' })
  expectTypeOf(document.get('title')).toEqualTypeOf<string>()
})

it('sends interfaces to the application and by hooks', () => {
  const { client } = createRoomsWorld()
  void client.connection.sendMessage('stroke', stroke)
  void client.send('stroke', stroke)
  void client.send('stroke', stroke, '1')
  const user = { id: 'ada' }
  usePresence({ client, room: '1', user, initialData: stroke }).updatePresence({ color: 'red' })
  void useSharedState({ client, room: '1', initialState: board }).set('title', 'New')
  void useBroadcast<Stroke>({ client, room: '1', channel: 'strokes' }).broadcast(stroke)
})
