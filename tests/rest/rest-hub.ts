import { createHub, type Hub, type HubOptions } from '@coterie/server'
import { nameAuthenticator } from '@coterie/testing'
import { onTestFinished } from 'vitest'
import { checked } from './checked-fetch.ts'

/** The key that calls as the application. */
export const SERVER_KEY = 'a server key for rest'

/** What a call may say beside its method and path. */
export interface CallOptions {
  /** A server key or, as a token, a user's name; undefined is nobody. */
  readonly as?: string | undefined
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** What was answered. */
export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests match on parts of it
  readonly body: any
  readonly headers: Headers
}

/** Calls an operation; its answer is checked against the document. */
export type Call = (method: string, path: string, options?: CallOptions) => Promise<Answer>

/** A hub, and how it is called. */
export interface RestHub {
  readonly hub: Hub
  readonly call: Call
}

/** Makes a hub whose every answer is checked; a token is a user's name, and `wrong` is invalid. */
export async function openRestHub(options: HubOptions = {}): Promise<RestHub> {
  const hub = createHub({
    apiKeys: [SERVER_KEY],
    authenticator: nameAuthenticator,
    channels: {
      'room:*': { history: true, presence: true, state: true },
      'new-posts': {},
    },
    notifications: { userAddresses: true },
    // As a server of its own has them.
    rootPaths: true,
    ...options,
  })
  const fetch = await checked(hub)
  const call: Call = async (method, path, { as, body, headers = {} } = {}) => {
    const response = await fetch(
      new Request(`http://hub${path.startsWith('/') ? path : `/api/realtime/${path}`}`, {
        method,
        headers: {
          ...(as !== undefined && { authorization: `Bearer ${as}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json')
    return {
      status: response.status,
      body: isJson ? JSON.parse(text) : text,
      headers: response.headers,
    }
  }
  return { hub, call }
}

/** Makes such a hub for as long as the current test runs. */
export async function startRestHub(options: HubOptions = {}): Promise<RestHub> {
  const rest = await openRestHub(options)
  onTestFinished(() => rest.hub.close())
  return rest
}
