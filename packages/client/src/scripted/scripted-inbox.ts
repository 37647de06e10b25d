import type { ClientOptions } from '../connection/client-options.ts'
import { createInbox } from '../inbox/create-inbox.ts'
import type { InboxOptions } from '../inbox/inbox.ts'
import type { ScriptedRequest } from './scripted-request.ts'
import { createWorld } from './scripted-world.ts'

const START_MS = Date.UTC(2026, 0, 1)

/** The notification `n<number>`, made so many seconds after the first of January. */
export function payloadAt(number: number, fields: Readonly<Record<string, unknown>> = {}) {
  return {
    id: `n${number}`,
    title: `Title ${number}`,
    message: '',
    type: 'message',
    priority: 'normal',
    sender_id: 'bob',
    created_at: new Date(START_MS + number * 1_000).toISOString(),
    expires_at: null,
    actions: [],
    resource_type: null,
    resource_id: null,
    metadata: {},
    ...fields,
  }
}

/** The same as REST shows it. */
export function resourceAt(number: number, fields: Readonly<Record<string, unknown>> = {}) {
  return {
    ...payloadAt(number),
    status: 'delivered',
    recipients: ['ada'],
    delivered_at: null,
    read_by: [],
    ...fields,
  }
}

/** Resources from a number down to another. */
export function resourcesDown(from: number, to: number, fields: object = {}) {
  return Array.from({ length: from - to + 1 }, (_, index) =>
    resourceAt(from - index, { ...fields }),
  )
}

/** Takes and answers the requests of an inbox. */
export class InboxRequestLog {
  readonly #requests: readonly ScriptedRequest[]
  readonly #taken = new Set<ScriptedRequest>()

  constructor(requests: readonly ScriptedRequest[]) {
    this.#requests = requests
  }

  has(part: string): boolean {
    return this.#find(part) !== undefined
  }

  /** Takes the oldest request whose address contains a text. */
  take(part: string): ScriptedRequest {
    const request = this.#find(part)
    if (!request) {
      const urls = this.#requests.filter((other) => !this.#taken.has(other)).map(({ url }) => url)
      throw new Error(`the inbox did not ask for ${part}; open: ${urls.join(', ') || 'nothing'}`)
    }
    this.#taken.add(request)
    return request
  }

  /** Answers the oldest question for a page. */
  page(resources: readonly object[], cursor?: string): ScriptedRequest {
    const request = this.take('/notifications?')
    const link = `<http://server.test/notifications?cursor=${cursor}&page_size=2>; rel="next"`
    request.answer(200, resources, cursor === undefined ? {} : { link })
    return request
  }

  /** Answers the oldest question for the count. */
  count(count: number): void {
    this.take('/unread-count/').answer(200, count)
  }

  #find(part: string): ScriptedRequest | undefined {
    return this.#requests.find((other) => other.url.includes(part) && !this.#taken.has(other))
  }
}

/** An inbox whose time, chance and server a test holds in its hands. */
export function createInboxWorld(options: InboxOptions = {}, clientOptions: ClientOptions = {}) {
  const world = createWorld(clientOptions)
  const inbox = createInbox(world.client, options)
  const rest = new InboxRequestLog(world.requests)
  const ids = () => inbox.items().map(({ id }) => id)
  const unread = () => inbox.items().flatMap(({ id, is_read: isRead }) => (isRead ? [] : [id]))

  /** Connects, and answers the first page and the count. */
  const open = async (resources: readonly object[] = [], count = 0, cursor?: string) => {
    const socket = await world.connect()
    rest.page(resources, cursor)
    rest.count(count)
    await world.clock.settle()
    return socket
  }

  /** Sends a notification over the newest socket. */
  const push = (number: number, fields: object = {}) =>
    world.newest().deliver({ type: 'notification', payload: payloadAt(number, { ...fields }) })

  /** Tells of a change over the newest socket. */
  const tell = (unreadCount: number, fields: object = {}) =>
    world.newest().deliver({ type: 'inbox', unread_count: unreadCount, ...fields })

  return { ...world, inbox, rest, ids, unread, open, push, tell }
}
