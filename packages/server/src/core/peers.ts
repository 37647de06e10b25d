import type { RealtimeError } from '@coterie/protocol'
import type { Principal } from '../ports/principal.ts'
import type { Transport } from '../ports/transport.ts'
import { BatchResponder } from './batch-responder.ts'
import type { Connection } from './connection.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Joiner } from './joiner.ts'
import type { Limits } from './limits/limits.ts'
import type { Peer } from './peer.ts'
import type { Sessions } from './sessions.ts'
import { joinStream } from './stream-join.ts'

/** What joins transports to connections. */
export interface PeersParts {
  readonly sessions: Sessions
  readonly dispatcher: Dispatcher
  readonly joiner: Joiner
  readonly limits: Pick<Limits, 'guests' | 'unreadAnswers'>
}

/** Who is behind a connection, and to which account what they ask for is charged. */
export interface Owner {
  readonly principal: Principal
  readonly account: string
}

/** Joins transports to connections, and finds connections again by the secret of their session. */
export class Peers {
  readonly #parts: PeersParts

  constructor(parts: PeersParts) {
    this.#parts = parts
  }

  /**
   * Joins a transport to the hub, as whoever was established behind it.
   *
   * @param notAnonymous why nobody may come by it as an anonymous user, where that is so
   */
  connect(transport: Transport, principal?: Principal, notAnonymous?: RealtimeError): Peer {
    const { sessions, dispatcher, joiner } = this.#parts
    const connection = sessions.open(transport, principal, notAnonymous)
    return {
      id: connection.id,
      receive: (text) => dispatcher.receive(connection, text),
      join: (frame, others) => joinStream(joiner, connection, frame, others),
      sawLife: () => sessions.heard(connection),
      drained: () => connection.outbox.drained(),
      end: (code) => sessions.end(connection, code),
    }
  }

  /**
   * Takes messages that belong to a stream and came by other means.
   *
   * @returns the answers as the text of a JSON array; undefined when there is no such stream
   */
  async receive(session: string, messages: readonly string[]): Promise<string | undefined> {
    const connection = this.#streamOf(session)
    if (!connection) return undefined
    const { dispatcher, limits } = this.#parts
    const responder = new BatchResponder(messages.length)
    limits.unreadAnswers.collect(connection, responder)
    for (const message of messages) dispatcher.receive(connection, message, responder)
    return responder.finished().finally(() => limits.unreadAnswers.remove(responder))
  }

  /** Tells whether there is an open stream with a session. */
  hasStream(session: string): boolean {
    return this.#streamOf(session) !== undefined
  }

  /** Counts what belongs to a stream and was of no use; whoever sends too much of it is closed. */
  countRefusedBytes(session: string, bytes: number): void {
    const connection = this.#streamOf(session)
    if (connection) this.#parts.dispatcher.countRefusedBytes(connection, bytes)
  }

  /** Finds who opened a connection, by its session; an anonymous user stays who it is. */
  ownerOf(session: string): Owner | undefined {
    const { sessions, limits } = this.#parts
    const connection = sessions.connections.bySession(session)
    if (!connection?.isAuthenticated()) return undefined
    if (connection.isProvisional) sessions.settle(connection)
    const { principal } = connection
    return principal && { principal, account: limits.guests.accountOf(connection) }
  }

  #streamOf(session: string): Connection | undefined {
    const connection = this.#parts.sessions.connections.bySession(session)
    return connection?.transport.kind === 'sse' && connection.isOpen ? connection : undefined
  }
}
