import { expect, it } from 'vitest'
import { createWorld, joinReply } from '../scripted/scripted-world.ts'
import { createSharedList } from './shared-list.ts'

interface Stroke {
  readonly id: string
  readonly color: string
}

async function createStrokes() {
  const world = createWorld()
  const reply = joinReply({ state: { version: 0, value: {} } })
  const { channel, socket } = await world.join({ state: true }, reply)
  const list = createSharedList<Stroke>(channel.state, 'strokes')
  const ids = () => list.items().map(({ id }) => id)
  for (const id of ['a', 'b', 'c']) void list.insert({ id, color: 'red' })
  return { ...world, socket, channel, list, ids }
}

it('keeps items in the order in which they were inserted', async () => {
  const { list, ids } = await createStrokes()
  expect(ids()).toEqual(['a', 'b', 'c'])
  void list.insert({ id: 'first', color: 'red' }, 0)
  void list.insert({ id: 'second', color: 'red' }, 1)
  expect(ids()).toEqual(['first', 'second', 'a', 'b', 'c'])
})

it('changes, moves and removes single items', async () => {
  const { list, ids } = await createStrokes()
  void list.update('b', { color: 'blue' })
  expect(list.items()[1]).toEqual({ id: 'b', color: 'blue' })
  void list.move('c', 0)
  expect(ids()).toEqual(['c', 'a', 'b'])
  void list.move('c', 2)
  expect(ids()).toEqual(['a', 'b', 'c'])
  void list.remove('a')
  void list.remove('nobody')
  expect(ids()).toEqual(['b', 'c'])
  await expect(list.update('a', { color: 'blue' })).rejects.toMatchObject({
    code: 'not_found',
    message: 'a is not in strokes',
  })
  await expect(list.move('a', 0)).rejects.toMatchObject({ code: 'not_found' })
})

it('inserts between two that were inserted at the same place at once', async () => {
  const { channel, list, ids } = await createStrokes()
  const order = (channel.state.value()['strokes/b'] as { order: string }).order
  void channel.state.set('strokes/b2', { order, item: { id: 'b2', color: 'red' } })
  expect(ids()).toEqual(['a', 'b', 'b2', 'c'])
  void list.insert({ id: 'x', color: 'red' }, 2)
  expect(ids()).toEqual(['a', 'b', 'x', 'b2', 'c'])
  void list.move('c', 3)
  expect(ids()).toEqual(['a', 'b', 'x', 'c', 'b2'])
  void list.move('b2', 2)
  expect(ids()).toEqual(['a', 'b', 'b2', 'x', 'c'])
})

it('inserts beside an item whose order somebody else made up', async () => {
  const { channel, list, ids } = await createStrokes()
  void channel.state.merge({
    'strokes/odd': { order: '~ last', item: { id: 'odd', color: 'red' } },
    'strokes/none': { order: '', item: { id: 'none', color: 'red' } },
  })
  expect(ids()).toEqual(['none', 'a', 'b', 'c', 'odd'])
  await Promise.race([list.insert({ id: 'x', color: 'red' }, 1), Promise.resolve()])
  await Promise.race([list.insert({ id: 'y', color: 'red' }), Promise.resolve()])
  expect(ids()).toEqual(['none', 'x', 'a', 'b', 'c', 'odd', 'y'])
})

it('replaces and moves an item that is inserted again', async () => {
  const { list, ids } = await createStrokes()
  void list.insert({ id: 'a', color: 'blue' }, 2)
  expect([ids(), list.items()[1]]).toEqual([['b', 'a', 'c'], { id: 'a', color: 'blue' }])
  void list.insert({ id: 'c', color: 'blue' }, 0)
  expect(ids()).toEqual(['c', 'b', 'a'])
})

it('leaves out values of other writers that are not items', async () => {
  const { channel, ids } = await createStrokes()
  const odd = {
    'strokes/1': 5,
    'strokes/2': { order: 1, item: { id: 'x' } },
    'strokes/3': { order: 'a1' },
  }
  void channel.state.merge(odd)
  expect(ids()).toEqual(['a', 'b', 'c'])
})

it('gives the same array until something changes', async () => {
  const { list } = await createStrokes()
  expect(list.items()).toBe(list.items())
})
