import { ok, refuse } from '@coterie/protocol'
import { createHub, type Hub, type HubOptions, type Principal } from '@coterie/server'
import { testPrincipal } from '@coterie/testing'
import { onTestFinished } from 'vitest'

/** The key that calls as the application. */
export const SERVER_KEY = 'a server key that no attacker has'

/** What was answered to a request, as it came. */
export interface RestAnswer {
  readonly status: number
  readonly text: string
  /** The text parsed as JSON; undefined when it is invalid. */
  // biome-ignore lint/suspicious/noExplicitAny: tests match on parts of it
  readonly body: any
  readonly headers: Headers
}

/** What a request may say beside its method and path. */
export interface RestRequest {
  /** A token, or the server key; undefined is nobody. */
  readonly as?: string | undefined
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A hub on a port of its own, as those who attack it see it. */
export class AttackedHub {
  readonly hub: Hub
  readonly #principals: Map<string, Principal>
  #address = ''

  private constructor(options: HubOptions) {
    const principals = new Map<string, Principal>()
    this.#principals = principals
    this.hub = createHub({
      apiKeys: [SERVER_KEY],
      authenticator: {
        authenticate: async (token) => {
          const principal = principals.get(token)
          return principal ? ok(principal) : refuse('unauthorized', 'the token is not valid')
        },
      },
      ...options,
      channels: { ...options.channels, 'serving:*': {} },
    })
  }

  /** Starts a hub for as long as the current test runs. */
  static async start(options: HubOptions = {}): Promise<AttackedHub> {
    const attacked = new AttackedHub(options)
    onTestFinished(() => attacked.hub.close())
    attacked.#address = await attacked.hub.listen({ port: 0 })
    return attacked
  }

  /** Its address with the prefix of its paths. */
  get url(): string {
    return `${this.#address}/api/realtime`
  }

  /** Makes a token for a user; a second one of the same user is another. */
  tokenOf(userId: string, more: Partial<Principal> = {}): string {
    const token = `token-${this.#principals.size}`
    this.#principals.set(token, testPrincipal(userId, more))
    return token
  }

  /** Calls an operation; a path that begins with a slash has no prefix. */
  async rest(method: string, path: string, request: RestRequest = {}): Promise<RestAnswer> {
    const { as, body, headers = {} } = request
    const response = await fetch(
      `${path.startsWith('/') ? this.#address : `${this.url}/`}${path}`,
      {
        method,
        redirect: 'manual',
        headers: {
          ...(as !== undefined && { authorization: `Bearer ${as}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      },
    )
    const text = await response.text()
    return { status: response.status, text, body: parse(text), headers: response.headers }
  }

  /** Publishes as the application. */
  async publish(channel: string, payload: unknown, more: object = {}): Promise<void> {
    const body = { channel, event: 'e', payload, ...more }
    const { status, text } = await this.rest('POST', 'publish', { as: SERVER_KEY, body })
    if (status !== 200) throw new Error(`not published: ${text}`)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
