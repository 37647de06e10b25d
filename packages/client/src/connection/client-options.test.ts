import { expect, it } from 'vitest'
import { type ClientOptions, readClientOptions } from './client-options.ts'

it('fills in the defaults', () => {
  expect(readClientOptions({})).toEqual({
    reconnect: true,
    reconnectDelayMs: 1_000,
    maxReconnectDelayMs: 30_000,
    reconnectAttempts: Number.POSITIVE_INFINITY,
    pingIntervalMs: 30_000,
    pongTimeoutMs: 10_000,
    connectTimeoutMs: 10_000,
    replyTimeoutMs: 10_000,
    maxQueuedPublishes: 1_000,
    token: undefined,
    transports: ['websocket', 'sse'],
  })
})

it('lets the first wait be longer than the highest one by default', () => {
  expect(readClientOptions({ reconnectDelayMs: 60_000 }).reconnectDelayMs).toBe(60_000)
})

it.each([
  [{ pingIntervalMs: 0 }, 'pingIntervalMs: 0 is not allowed; expected a whole number from 1'],
  [{ replyTimeoutMs: Number.NaN }, 'replyTimeoutMs: NaN is not allowed'],
  [{ pongTimeoutMs: 2 ** 31 }, 'pongTimeoutMs: 2147483648 is not allowed'],
  [{ connectTimeoutMs: '5' }, 'connectTimeoutMs: "5" is not allowed'],
  [{ reconnectAttempts: -1 }, 'whole number from 0 to 2147483647, or Infinity'],
  [{ maxQueuedPublishes: 1.5 }, 'maxQueuedPublishes: 1.5 is not allowed'],
  [{ reconnect: 1 }, 'reconnect: 1 is not allowed; expected true or false'],
  [{ transports: [] }, 'transports: [] is not allowed; expected a list of "websocket" and "sse"'],
  [{ transports: ['ws'] }, 'transports: ["ws"] is not allowed'],
  [{ transports: ['sse', 'sse'] }, 'each at most once'],
  [{ transports: 'sse' }, 'transports: "sse" is not allowed'],
  [{ token: '' }, 'token: an empty string is not allowed'],
  [{ token: 5 }, 'token: number is not allowed'],
  [{ identityStorage: {} }, 'identityStorage: object is not allowed; expected an object with'],
  [{ identityStorage: null }, 'identityStorage: object is not allowed'],
  [{ url: 5 }, 'url: 5 is not allowed; expected a string'],
  [{ reconnectDelayMs: 500, maxReconnectDelayMs: 400 }, 'at least reconnectDelayMs (500)'],
  [{ reconnectDelay: 500 }, 'reconnectDelay: no such option'],
])('names what is wrong with %o', (options, message) => {
  expect(() => readClientOptions(options as ClientOptions)).toThrow(message)
})
