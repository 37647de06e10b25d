import { showValue } from '@coterie/protocol'

/** Methods that Node servers (http, https, http2) have, and applications lack. */
const METHODS = ['address', 'emit', 'listen', 'on', 'setTimeout']

/**
 * Checks that a value is a Node server that receives requests.
 *
 * @throws {TypeError} naming what was given, and how to get the server
 */
export function checkServer(value: unknown): void {
  if (hasFunctions(value, METHODS)) return
  const expected = 'expected a server of node:http, node:https or node:http2'
  throw new TypeError(`attach: ${expected}, got ${describe(value)}`)
}

function describe(value: unknown): string {
  if (hasFunctions(value, ['handle', 'listen', 'use']) && typeof value === 'function') {
    return 'an application of Express: make a server with http.createServer(app) and attach to that'
  }
  if (hasFunctions(value, ['callback', 'listen', 'use'])) {
    return 'an application of Koa: make a server with http.createServer(app.callback()) and attach to that'
  }
  if (hasServer(value)) return 'an object with a `server`: attach to that'
  if (typeof value === 'function') {
    return 'a function: make a server with http.createServer(listener) and attach to that'
  }
  return typeof value === 'object' && value !== null ? 'another object' : showValue(value)
}

function hasServer(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null
  return isObject && hasFunctions(Reflect.get(value, 'server'), METHODS)
}

function hasFunctions(value: unknown, names: readonly string[]): boolean {
  const hasMembers = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return hasMembers && names.every((name) => typeof Reflect.get(value, name) === 'function')
}
