import { afterEach, expect, it, vi } from 'vitest'
import { createPlatform } from './platform.ts'

afterEach(() => vi.unstubAllGlobals())

it('has neither an origin nor anything to wake it outside a page', () => {
  const platform = createPlatform()
  expect(platform.origin).toBeUndefined()
  expect(() => platform.onWake(() => {})()).not.toThrow()
})

it('wakes with the network and with the page', () => {
  const network = new EventTarget()
  const page = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
  vi.stubGlobal('addEventListener', network.addEventListener.bind(network))
  vi.stubGlobal('removeEventListener', network.removeEventListener.bind(network))
  vi.stubGlobal('document', page)
  let wakes = 0
  const off = createPlatform().onWake(() => {
    wakes += 1
  })
  page.dispatchEvent(new Event('visibilitychange'))
  expect(wakes).toBe(0)
  page.visibilityState = 'visible'
  page.dispatchEvent(new Event('visibilitychange'))
  network.dispatchEvent(new Event('online'))
  network.dispatchEvent(new Event('pageshow'))
  expect(wakes).toBe(3)
  off()
  page.dispatchEvent(new Event('visibilitychange'))
  network.dispatchEvent(new Event('online'))
  expect(wakes).toBe(3)
})

it('reports errors as the platform does', () => {
  const report = vi.fn()
  vi.stubGlobal('reportError', report)
  const error = new Error('handler')
  createPlatform().reportError(error)
  expect(report).toHaveBeenCalledWith(error)
})
