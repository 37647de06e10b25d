import { expect, it } from 'vitest'
import type { JsonText } from '../../ports/engine.ts'
import { Typists } from './typists.ts'

const data = '{}' as JsonText

it('forgets a window whose end was lost, once another of the user ends', () => {
  const typists = new Typists(5_000)
  expect(typists.renew('room:1', 'ada', 'lost', data, 0)).toBe(true)
  expect(typists.renew('room:1', 'ada', 'tab', data, 7_000)).toBe(true)
  expect(typists.end('room:1', 'ada', 'tab', 8_000)).toBe(true)
  expect([...typists.sources('room:1', 'ada')]).toEqual([])
})

it('tells again what goes with it when that has changed', () => {
  const typists = new Typists(5_000)
  typists.renew('room:1', 'ada', 'tab', data, 0)
  expect(typists.renew('room:1', 'ada', 'tab', data, 1_999)).toBe(false)
  expect(typists.renew('room:1', 'ada', 'tab', '{"a":1}' as JsonText, 1_999)).toBe(true)
})

it('does not tell that somebody stopped who was never told to type', () => {
  const typists = new Typists(5_000)
  expect(typists.end('room:1', 'ada', 'tab', 0)).toBe(false)
  typists.renew('room:1', 'ada', 'tab', data, 0)
  typists.forget('room:1')
  expect(typists.end('room:1', 'ada', 'tab', 0)).toBe(false)
})
