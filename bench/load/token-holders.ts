import { nowMicros } from '../peers/payload.ts'
import { coterieDialect } from './coterie-dialect.ts'
import { inBatches } from './in-batches.ts'
import { Session } from './session.ts'

/** Who is connected, and with which tokens. */
export interface TokenHoldersPlan {
  readonly port: number
  /** The token of one user, and how many connections it has. */
  readonly token: string
  readonly connections: number
  /** Tokens of the other users, who have one connection each. */
  readonly others: readonly string[]
}

/** Connections of one user beside those of very many others. */
export class TokenHolders {
  readonly #own: readonly Session[]

  static async open({ port, token, connections, others }: TokenHoldersPlan): Promise<TokenHolders> {
    await inBatches(others.length, (index) => signIn(port, others[index] ?? ''))
    return new TokenHolders(await inBatches(connections, () => signIn(port, token)))
  }

  private constructor(own: readonly Session[]) {
    this.#own = own
  }

  /** Resolves when all connections of the user have ended, to the time in µs of the last. */
  async ended(): Promise<number> {
    await Promise.all(this.#own.map((session) => session.control('nothing').catch(() => {})))
    return nowMicros()
  }
}

async function signIn(port: number, token: string): Promise<Session> {
  const dialect = coterieDialect()
  const session = new Session(port, dialect)
  await dialect.open(session)
  session.client.send(JSON.stringify({ type: 'auth', id: 'in', token }))
  await session.control('{"type":"reply"')
  return session
}
