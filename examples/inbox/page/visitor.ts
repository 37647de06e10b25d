import { RealtimeError } from '@coterie/client'
import { clearStored, readStored, writeStored } from '../../chat/page/storage.ts'

const KEY = 'inbox-name'

/** Who this window is: a name, which is all that this example asks for. */
export class Visitor {
  readonly name: string
  readonly userId: string

  private constructor(name: string, userId: string) {
    this.name = name
    this.userId = userId
  }

  /** The name that this window went by before, if it did. */
  static get storedName(): string | undefined {
    const name = readStored(KEY)
    return typeof name === 'string' && name !== '' ? name : undefined
  }

  /**
   * Goes by a name from now on.
   *
   * @throws {RealtimeError} when the server refuses the name
   */
  static async start(name: string): Promise<Visitor> {
    const { userId } = await requestToken(name)
    writeStored(KEY, name)
    return new Visitor(name, userId)
  }

  /** Fetches a token: the name is all it takes. */
  async token(): Promise<string> {
    return (await requestToken(this.name)).token
  }

  /** Forgets the name. */
  static forget(): void {
    clearStored()
  }
}

async function requestToken(name: string): Promise<{ token: string; userId: string }> {
  const response = await fetch('/inbox/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  const body = (await response.json().catch(() => ({}))) as {
    readonly token?: unknown
    readonly user_id?: unknown
    readonly error?: { readonly message?: unknown }
  }
  // The client gives up on a RealtimeError of this code, and tries again after any other error.
  if (response.status >= 400 && response.status < 500) {
    throw new RealtimeError('invalid_payload', String(body.error?.message ?? 'not accepted'))
  }
  const { token, user_id: userId } = body
  if (typeof token === 'string' && typeof userId === 'string') return { token, userId }
  throw new Error(`the server answered ${response.status}`)
}
