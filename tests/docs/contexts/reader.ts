import { createClient } from '@coterie/client'

/** A token of somebody who reads the guides. */
export const token = process.env.COTERIE_TOKEN ?? ''

/** Asks the application for a token, as pages do. */
export const fetchToken = async (): Promise<string> => token

/** A client that is connected to a server. */
export const client = createClient({
  url: process.env.COTERIE_URL ?? 'https://example.com',
  token: fetchToken,
})
client.connect()
