import { expect, it } from 'vitest'
import { RecentUpdates } from './recent-updates.ts'

const update = (byte: number, length = 1): Uint8Array => new Uint8Array(length).fill(byte)

it('holds what came after a snapshot, and less with each that is newer', () => {
  const recent = new RecentUpdates()
  recent.add(1, update(1))
  expect(recent.all, 'before any snapshot').toBeUndefined()
  recent.begin('e:2')
  for (const offset of [3, 4, 5]) recent.add(offset, update(offset))
  expect(recent.all).toEqual([update(3), update(4), update(5)])
  recent.covered('e:4')
  expect(recent.all).toEqual([update(5)])
})

// Another client's snapshot may end before the moment at which this one wrote everything.
it('knows that it does not hold what came between an older snapshot and its begin', () => {
  const recent = new RecentUpdates()
  recent.begin('e:2')
  for (const offset of [3, 4, 5]) recent.add(offset, update(offset))
  recent.beginHere('e:3')
  recent.add(6, update(6))
  expect(recent.all).toEqual([update(6)])
  recent.covered('e:4')
  expect(recent.all).toBeUndefined()
  recent.beginHere('e:6')
  recent.add(7, update(7))
  recent.covered('e:6')
  expect(recent.all).toEqual([update(7)])
})

it('gives up where it would hold megabytes', () => {
  const recent = new RecentUpdates()
  recent.begin('e:0')
  for (let offset = 1; offset < 6; offset += 1) recent.add(offset, update(offset, 1_048_576))
  expect(recent.all).toBeUndefined()
})
