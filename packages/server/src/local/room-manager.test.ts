import { expect, it } from 'vitest'
import { RoomManager } from './room-manager.ts'

it('knows who is where, in the order in which they came', () => {
  const rooms = new RoomManager()
  expect([rooms.join('a', 'ada'), rooms.join('a', 'bob'), rooms.join('b', 'ada')]).toEqual([
    true,
    true,
    true,
  ])
  expect(rooms.join('a', 'ada'), 'repeating it changes nothing').toBe(false)
  expect(rooms.getUsers('a')).toEqual(['ada', 'bob'])
  expect(rooms.getRooms('ada')).toEqual(['a', 'b'])
  expect([rooms.isInRoom('a', 'bob'), rooms.isInRoom('b', 'bob')]).toEqual([true, false])
  expect([rooms.getRoomCount(), rooms.getUserCount('a'), rooms.getUserCount('none')]).toEqual([
    2, 2, 0,
  ])
})

it('forgets a room with its last user', () => {
  const rooms = new RoomManager()
  rooms.join('a', 'ada')
  rooms.join('b', 'ada')
  rooms.join('b', 'bob')
  expect([rooms.leave('a', 'ada'), rooms.leave('a', 'ada')]).toEqual([true, false])
  expect(rooms.getRoomCount()).toBe(1)
  expect(rooms.leaveAll('ada')).toEqual(['b'])
  expect(rooms.leaveAll('ada')).toEqual([])
  expect(rooms.getUsers('b')).toEqual(['bob'])
})
