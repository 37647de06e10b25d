export { createClient } from '@coterie/client'
export { createHub } from '@coterie/server'
export { token } from './reader.ts'

/** Where the server is. */
export const url = 'https://example.com'
