import { fetchToken } from './reader.ts'

/** Asks the application for a token. */
export const fetchMyToken = fetchToken
