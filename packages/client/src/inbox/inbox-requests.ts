import { type ErrorCode, RealtimeError } from '@coterie/protocol'
import type { Client } from '../client/client.ts'
import type { FetchRequest, FetchResponse } from '../connection/environment.ts'
import { isRecord, parseJson } from '../connection/frame-reader.ts'
import { createItem, type InboxItem, readResources } from './inbox-item.ts'

const TIMEOUT_MS = 10_000

/** A page of the inbox, as the server listed it. */
export interface InboxPage {
  readonly items: readonly InboxItem[]
  /** Ids that no client has acknowledged yet. */
  readonly pending: readonly string[]
  /** The cursor of the next page; undefined on the last page. */
  readonly nextCursor: string | undefined
}

/** Which part of the inbox to list. */
export interface InboxPageQuery {
  readonly size: number
  readonly cursor: string | undefined
  readonly unreadOnly: boolean
}

interface Answer {
  readonly value: unknown
  readonly link: string | null
}

/**
 * Requests a user's notifications from the server.
 *
 * @throws {RealtimeError} from every method, with the server's code
 */
export class InboxRequests {
  readonly #client: Client
  readonly #abort = new AbortController()

  constructor(client: Client) {
    this.#client = client
  }

  async list({ size, cursor, unreadOnly }: InboxPageQuery): Promise<InboxPage> {
    const query = new URLSearchParams({ page_size: String(size) })
    if (cursor !== undefined) query.set('cursor', cursor)
    if (unreadOnly) query.set('unread', 'true')
    const userId = this.#client.userId() ?? ''
    const { value, link } = await this.#ask(`/notifications?${query}`, 'GET')
    const resources = readResources(value)
    return {
      items: resources.map((resource) => createItem(resource, userId)),
      pending: resources.flatMap(({ id, status }) => (status === 'pending' ? [id] : [])),
      nextCursor: readNextCursor(link),
    }
  }

  async countUnread(): Promise<number> {
    const userId = encodeURIComponent(this.#client.userId() ?? '')
    const { value } = await this.#ask(`/notifications/unread-count/${userId}`, 'GET')
    return typeof value === 'number' ? value : 0
  }

  async markRead(id: string): Promise<void> {
    await this.#ask(`/notifications/${encodeURIComponent(id)}/mark-read`, 'POST')
  }

  /** @param upTo the id of the last notification to mark; undefined for all */
  async markAllRead(upTo: string | undefined): Promise<void> {
    const query = upTo === undefined ? '' : `?${new URLSearchParams({ up_to: upTo })}`
    await this.#ask(`/notifications/mark-all-read${query}`, 'POST')
  }

  /** Cancels all requests. */
  close(): void {
    this.#abort.abort()
  }

  async #ask(path: string, method: FetchRequest['method']): Promise<Answer> {
    const abort = new AbortController()
    const stopTimer = this.#client.environment.clock.setTimer(() => {
      abort.abort(new RealtimeError('timeout', `no answer within ${TIMEOUT_MS} ms`))
    }, TIMEOUT_MS)
    const giveUp = () => abort.abort()
    this.#abort.signal.addEventListener('abort', giveUp)
    try {
      const response = await this.#client.fetch(path, { method, signal: abort.signal })
      const text = await response.text()
      if (response.status >= 400) throw readProblem(response, text)
      return { value: parseJson(text), link: response.headers.get('link') }
    } catch (cause) {
      const error = abort.signal.aborted ? abort.signal.reason : cause
      if (error instanceof RealtimeError) throw error
      throw new RealtimeError('unavailable', 'the server could not be asked', { cause: error })
    } finally {
      stopTimer()
      this.#abort.signal.removeEventListener('abort', giveUp)
    }
  }
}

function readProblem({ status }: FetchResponse, text: string): RealtimeError {
  const body = parseJson(text)
  const { code, message, details } = isRecord(body) && isRecord(body.error) ? body.error : {}
  // Any other answer is a proxy's, which often cannot reach the server for a while.
  const fallback = status >= 500 ? 'unavailable' : 'internal'
  return new RealtimeError(
    typeof code === 'string' ? (code as ErrorCode) : fallback,
    typeof message === 'string' ? message : `the server answered with HTTP ${status}`,
    { details: isRecord(details) ? details : undefined },
  )
}

function readNextCursor(link: string | null): string | undefined {
  const address = /<([^>]*)>[^,]*\brel="?next\b/.exec(link ?? '')?.[1]
  const query = address?.split('?')[1] ?? ''
  return new URLSearchParams(query).get('cursor') ?? undefined
}
