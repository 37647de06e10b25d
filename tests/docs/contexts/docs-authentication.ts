import { readFileSync as read } from 'node:fs'

export { createHub } from '@coterie/server'
export { hub } from './hub.ts'

/** Reads a file of the application. */
export const readFileSync = read

/** When a token expires. */
export const expiresAtMs = Date.now() + 3_600_000
