import { RealtimeError } from '@coterie/client'
import { readStored, writeStored } from './storage.ts'

const KEY = 'session'
/** A token this close to its end is renewed first, so that it does not end on the way. */
const RENEW_BEFORE_MS = 60_000

interface StoredSession {
  readonly name: string
  readonly token: string
  readonly userId: string
  readonly expiresAtMs: number
}

/** Who this window is; kept over reloads. */
export class Session {
  #stored: StoredSession

  private constructor(stored: StoredSession) {
    this.#stored = stored
    writeStored(KEY, stored)
  }

  /** Returns the session of this window, if it has one. */
  static resume(): Session | undefined {
    const stored = readStored(KEY)
    return isStoredSession(stored) ? new Session(stored) : undefined
  }

  /**
   * Starts a session under a name.
   *
   * @throws {RealtimeError} when the server refuses the name
   */
  static async start(name: string): Promise<Session> {
    return new Session(await request(name, undefined))
  }

  get name(): string {
    return this.#stored.name
  }

  get userId(): string {
    return this.#stored.userId
  }

  /**
   * Returns a token that is still good; a new one keeps the user id while the
   * server knows the old one's signature.
   *
   * @param wasRefused true when the server did not accept the last one
   */
  async token(wasRefused: boolean): Promise<string> {
    const { name, token, expiresAtMs } = this.#stored
    if (wasRefused || expiresAtMs - Date.now() < RENEW_BEFORE_MS) {
      this.#stored = await request(name, token)
      writeStored(KEY, this.#stored)
    }
    return this.#stored.token
  }
}

async function request(name: string, token: string | undefined): Promise<StoredSession> {
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, token }),
  })
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>
  // The client gives up on a RealtimeError of this code, and tries again after any other error.
  if (response.status >= 400 && response.status < 500) {
    throw new RealtimeError('invalid_payload', messageOf(body))
  }
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  const session: unknown = {
    name,
    token: body.token,
    userId: body.user_id,
    expiresAtMs: Date.parse(String(body.expires_at)),
  }
  if (!isStoredSession(session)) throw new Error('the server gave no session')
  return session
}

function messageOf({ error }: Record<string, unknown>): string {
  const message = (error as { message?: unknown } | undefined)?.message
  return typeof message === 'string' ? message : 'the server did not accept this'
}

function isStoredSession(value: unknown): value is StoredSession {
  if (typeof value !== 'object' || value === null) return false
  const { name, token, userId, expiresAtMs } = value as Record<string, unknown>
  return (
    typeof name === 'string' &&
    typeof token === 'string' &&
    typeof userId === 'string' &&
    typeof expiresAtMs === 'number' &&
    !Number.isNaN(expiresAtMs)
  )
}
