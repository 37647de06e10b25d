import { expect, expectTypeOf, it } from 'vitest'
import { createWorld, joinReply } from '../scripted/scripted-world.ts'
import { createSharedDocument, initialValues } from './shared-document.ts'

interface Stroke {
  readonly id: string
  readonly color: string
}

interface Board {
  readonly background: string
  readonly strokes: readonly Stroke[]
  readonly tags: readonly string[]
}

const initialState: Board = { background: '#fff', strokes: [], tags: [] }
const red = (id: string): Stroke => ({ id, color: 'red' })

async function createBoard(value: object = {}) {
  const world = createWorld()
  const reply = joinReply({ state: { version: 1, value } })
  const { channel, socket } = await world.join({ state: true }, reply)
  return { ...world, socket, channel, board: createSharedDocument(channel.state, initialState) }
}

it('is as it began until somebody sets something', async () => {
  const { board } = await createBoard()
  expect(board.state()).toEqual(initialState)
  expect([board.get('background'), board.version()]).toEqual(['#fff', 1])
  void board.set('background', '#000')
  expect(board.state()).toEqual({ ...initialState, background: '#000' })
  void board.merge({ background: '#111', tags: ['a'] })
  expect(board.state()).toEqual({ background: '#111', strokes: [], tags: ['a'] })
  expectTypeOf(board.get('strokes')).toEqualTypeOf<readonly Stroke[]>()
})

it('keeps what two writers add to a list by setting all of it', async () => {
  const { board, channel, socket } = await createBoard()
  void board.set('strokes', [red('mine')])
  const frame = socket.take('state')
  expect(Object.keys(frame.set as object)).toEqual(['strokes/mine'])
  const theirs = { order: 'a0', item: red('theirs') }
  const other = { type: 'state', channel: channel.name, delete: [], from: null, op_id: null }
  socket.deliver({ ...other, version: 2, set: { 'strokes/theirs': theirs } })
  expect(board.get('strokes')).toEqual([red('mine'), red('theirs')])
  void board.set('strokes', [])
  expect(board.get('strokes')).toEqual([])
})

it('changes the items of a list one by one', async () => {
  const { board } = await createBoard()
  const strokes = board.list('strokes')
  void strokes.insert(red('a'))
  void strokes.update('a', { color: 'blue' })
  expect(board.get('strokes')).toEqual([{ id: 'a', color: 'blue' }])
  expectTypeOf(strokes.items()).toEqualTypeOf<readonly Stroke[]>()
  // @ts-expect-error tags have no id, so they are no list
  board.list('tags')
})

it('sends nothing where nothing differs', async () => {
  const { board, socket } = await createBoard({ 'strokes/a': { order: 'a0', item: red('a') } })
  expect(board.get('strokes')).toEqual([red('a')])
  await expect(board.set('strokes', [red('a')])).resolves.toBe(1)
  expect(socket.has('state')).toBe(false)
})

it('turns a list into something else and back', async () => {
  const { channel } = await createBoard()
  const loose = createSharedDocument<{ x: unknown }>(channel.state, { x: null })
  void loose.set('x', [red('a')])
  expect(Object.keys(channel.state.value())).toEqual(['x/a'])
  void loose.set('x', 5)
  expect(channel.state.value()).toEqual({ x: 5 })
  void loose.set('x', [red('b')])
  expect(loose.get('x')).toEqual([red('b')])
  expect(Object.keys(channel.state.value())).toEqual(['x/b'])
  void loose.set('x', undefined)
  expect(channel.state.value()).toEqual({})
})

it('begins with items under keys of their own', () => {
  expect(initialValues({ ...initialState, strokes: [red('a')] })).toEqual({
    background: '#fff',
    'strokes/a': { order: 'a0', item: red('a') },
  })
})

it('refuses members that would change more than the object', async () => {
  const { channel } = await createBoard()
  const loose = createSharedDocument<Record<string, unknown>>(channel.state, {})
  const hostile = JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>
  await expect(loose.merge(hostile)).rejects.toMatchObject({ code: 'invalid_payload' })
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

it('stays empty after everything in it was deleted, also after a reconnect', async () => {
  const { board, channel, socket, comeBack } = await createBoard({
    background: '#fff',
    'strokes/a': { order: 'a0', item: red('a') },
  })
  const empty = { strokes: [], tags: [] }
  void board.set('strokes', [])
  void channel.state.delete('background')
  expect([board.state(), channel.state.hasBegun()]).toEqual([empty, true])
  socket.reply(socket.take('state'), { version: 2 })
  socket.reply(socket.take('state'), { version: 3 })
  const { socket: next, subscribe } = await comeBack()
  next.reply(subscribe, joinReply({ state: { version: 3, value: {}, emptied: true } }))
  expect([board.state(), channel.state.hasBegun()]).toEqual([empty, true])
  void board.set('background', '#000')
  expect(board.state()).toEqual({ background: '#000', ...empty })
})

it('never shows what it began with between the last deletion and the next value', async () => {
  const initial = { cards: [red('first')] }
  const { channel, socket } = await createBoard({
    'cards/first': { order: 'a0', item: red('first') },
  })
  const cards = createSharedDocument<{ cards: readonly Stroke[] }>(channel.state, initial)
  const seen: unknown[] = []
  cards.state.subscribe(({ cards: [card] }) => seen.push(card?.id))
  void cards.list('cards').remove('first')
  const { op_id } = socket.take('state')
  const told = { type: 'state', channel: channel.name, from: null, version: 2, set: {}, op_id }
  socket.deliver({ ...told, delete: ['cards/first'] })
  void cards.list('cards').insert(red('next'))
  expect(new Set(seen)).toEqual(new Set([undefined, 'next']))
})
