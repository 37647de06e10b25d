import { expect, it, vi } from 'vitest'
import { createSignal, deriveSignal } from './signal.ts'

it('tells its listeners of a change, and of nothing else', () => {
  const signal = createSignal(1)
  const heard: number[] = []
  signal.subscribe((value) => heard.push(value))
  signal.set(2)
  signal.set(2)
  expect(signal()).toBe(2)
  expect(heard).toEqual([2])
})

it('is silent to a listener that went away, even while it tells', () => {
  const signal = createSignal(1)
  const heard: number[] = []
  signal.subscribe(() => off())
  const off = signal.subscribe((value) => heard.push(value))
  signal.set(2)
  expect(heard).toEqual([])
})

it('counts a listener that was added twice as two', () => {
  const signal = createSignal(1)
  const heard: number[] = []
  const listener = (value: number) => heard.push(value)
  const off = signal.subscribe(listener)
  signal.subscribe(listener)
  off()
  signal.set(2)
  expect(heard).toEqual([2])
})

it('tells the other listeners when one throws, and reports the error', () => {
  const report = vi.spyOn(console, 'error').mockImplementation(() => {})
  const signal = createSignal(1)
  const heard: number[] = []
  signal.subscribe(() => {
    throw new Error('listener')
  })
  signal.subscribe((value) => heard.push(value))
  signal.set(2)
  expect(heard).toEqual([2])
  expect(report).toHaveBeenCalledOnce()
  report.mockRestore()
})

it('keeps the reference of a derived value while its sources stay', () => {
  const names = createSignal(['ada', 'bob'])
  const hidden = createSignal('ada')
  const shown = deriveSignal([names, hidden], (all, name) => all.filter((other) => other !== name))
  expect(shown()).toEqual(['bob'])
  expect(shown()).toBe(shown())
  hidden.set('bob')
  expect(shown()).toEqual(['ada'])
})

it('tells of a derived value only when it changed', () => {
  const names = createSignal(['ada'])
  const count = deriveSignal([names], (all) => all.length)
  const heard: number[] = []
  const off = count.subscribe((value) => heard.push(value))
  names.set(['bob'])
  names.set(['ada', 'bob'])
  off()
  names.set([])
  expect(heard).toEqual([2])
})
