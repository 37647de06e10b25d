import { expect, it } from 'vitest'
import { deriveSseEndpoints, resolveEndpoint } from './endpoint.ts'

it.each([
  ['ws://host', 'ws://host/api/realtime/ws'],
  ['wss://host:8443/', 'wss://host:8443/api/realtime/ws'],
  ['http://host:8080', 'ws://host:8080/api/realtime/ws'],
  ['https://host', 'wss://host/api/realtime/ws'],
  ['https://host/live', 'wss://host/live/ws'],
  ['https://host/live/', 'wss://host/live/ws'],
  ['https://host/live/ws', 'wss://host/live/ws'],
  ['wss://host/socket', 'wss://host/socket'],
  ['wss://host/socket?ticket=t#x', 'wss://host/socket?ticket=t'],
  ['/api/realtime', 'wss://page.test/api/realtime/ws'],
  ['/api/realtime/ws', 'wss://page.test/api/realtime/ws'],
  [undefined, 'wss://page.test/api/realtime/ws'],
])('takes %s for %s', (url, endpoint) => {
  expect(resolveEndpoint(url, 'https://page.test')).toBe(endpoint)
})

it.each([
  [undefined, undefined],
  ['/api/realtime', undefined],
  ['ftp://host', undefined],
  ['ws://', undefined],
  [undefined, 'null'],
])('names the address %s with the origin %s as wrong', (url, origin) => {
  expect(() => resolveEndpoint(url, origin)).toThrow(/^url: .* is not an address; expected ws:/)
})

it.each([
  ['ws://host/api/realtime/ws', 'http://host/api/realtime/'],
  ['wss://host:8443/ws', 'https://host:8443/'],
  ['wss://host/socket', 'https://host/socket/'],
])('finds the endpoints for SSE beside %s', (url, prefix) => {
  expect(deriveSseEndpoints(url)).toEqual({ events: `${prefix}events`, frames: `${prefix}frames` })
})

it('keeps what the query says for the stream alone', () => {
  expect(deriveSseEndpoints('wss://host/live/ws?ticket=t')).toEqual({
    events: 'https://host/live/events?ticket=t',
    frames: 'https://host/live/frames',
  })
})
