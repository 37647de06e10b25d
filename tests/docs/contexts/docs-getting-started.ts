export { createClient } from '@coterie/client'
export { createHub } from '@coterie/server'
export { hub } from './hub.ts'

/** What a page sends to say who it is. */
export const headers = { authorization: 'Bearer a token' }
