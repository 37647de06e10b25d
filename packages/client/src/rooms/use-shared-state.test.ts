import { expect, it } from 'vitest'
import { createRoomsWorld } from '../scripted/scripted-rooms.ts'
import { useSharedState } from './use-shared-state.ts'

interface Stroke {
  readonly id: string
  readonly color: string
}

interface Board {
  readonly background: string
  readonly strokes: readonly Stroke[]
}

const initialState: Board = { background: '#fff', strokes: [] }

async function share(value: object = {}) {
  const world = createRoomsWorld()
  const board = useSharedState({ client: world.client, room: '1', initialState })
  const { socket, subscribe } = await world.join({ state: { version: 1, value } })
  return { ...world, board, socket, subscribe }
}

it('brings what the state begins with, and shows it until somebody sets something', async () => {
  const { board, subscribe, socket } = await share()
  expect(subscribe).toMatchObject({ state: true, initial_state: { background: '#fff' } })
  expect(board.state()).toEqual(initialState)
  void board.set('background', '#000')
  expect([board.get('background'), board.version(), board.pending()]).toEqual(['#000', 1, 1])
  socket.reply(socket.take('state'), { version: 2 })
  expect(board.pending()).toBe(0)
})

it('changes lists item by item', async () => {
  const { board, socket } = await share()
  const strokes = board.list('strokes')
  void strokes.insert({ id: 'a', color: 'red' })
  expect(board.state().strokes).toEqual([{ id: 'a', color: 'red' }])
  expect(socket.take('state')).toMatchObject({ set: { 'strokes/a': { item: { color: 'red' } } } })
})

it('tells `onError` what was refused, and takes it back', async () => {
  const { board, socket, problems, clock } = await share({ background: '#fff' })
  void board.set('background', 'x'.repeat(1_000))
  socket.refuse(socket.take('state'), 'too_large')
  await clock.settle()
  expect(problems).toEqual(['refused: too_large'])
  expect(board.get('background')).toBe('#fff')
})

it('changes nothing after it was left', async () => {
  const { board, socket, problems, clock } = await share()
  board.leave()
  void board.set('background', '#000').catch(() => {})
  void board
    .list('strokes')
    .insert({ id: 'a', color: 'red' })
    .catch(() => {})
  await clock.settle()
  expect(socket.has('state')).toBe(false)
  expect(problems).toEqual(['Not a member of this room', 'Not a member of this room'])
})
