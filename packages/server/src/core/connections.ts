import { timingSafeEqual } from 'node:crypto'
import type { Connection } from './connection.ts'

const NONE: ReadonlySet<Connection> = new Set()

/** All connections of this node, by id and by user. */
export class Connections {
  readonly #byId = new Map<string, Connection>()
  readonly #byUser = new Map<string, Set<Connection>>()
  #onEmptied: (() => void)[] = []

  get size(): number {
    return this.#byId.size
  }

  /** Counts the users with a connection. */
  get users(): number {
    return this.#byUser.size
  }

  add(connection: Connection): void {
    this.#byId.set(connection.id, connection)
  }

  /** Finds the connection with an id. */
  find(id: string): Connection | undefined {
    return this.#byId.get(id)
  }

  /** Finds the connection of a session's secret. */
  bySession(session: string): Connection | undefined {
    const connection = this.#byId.get(session.slice(0, session.indexOf('.')))
    return connection && isSame(connection.session, session) ? connection : undefined
  }

  remove(connection: Connection): void {
    this.#byId.delete(connection.id)
    this.unlinkUser(connection)
    if (this.#byId.size > 0) return
    for (const resolve of this.#onEmptied) resolve()
    this.#onEmptied = []
  }

  /** Resolves when the last connection is gone. */
  emptied(): Promise<void> {
    if (this.#byId.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onEmptied.push(resolve))
  }

  /** Counts a connection for its user. */
  linkUser(connection: Connection): void {
    const userId = connection.principal?.userId
    if (userId === undefined) return
    const connections = this.#byUser.get(userId)
    if (connections) connections.add(connection)
    else this.#byUser.set(userId, new Set([connection]))
  }

  /** Stops counting a connection for its user. */
  unlinkUser(connection: Connection): void {
    const userId = connection.principal?.userId
    const connections = userId === undefined ? undefined : this.#byUser.get(userId)
    connections?.delete(connection)
    if (userId !== undefined && connections?.size === 0) this.#byUser.delete(userId)
  }

  /** Returns the connections of a user. */
  of(userId: string): ReadonlySet<Connection> {
    return this.#byUser.get(userId) ?? NONE
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#byId.values()
  }
}

// In constant time, so that the time does not show how much of a guess was right.
function isSame(known: string, given: string): boolean {
  const [a, b] = [Buffer.from(known), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
