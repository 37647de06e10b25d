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

/** The parts that connect transports to the hub. */
export interface PeersParts {
  readonly sessions: Sessions
  readonly dispatcher: Dispatcher
  readonly joiner: Joiner
  readonly limits: Pick<Limits, 'guests' | 'unreadAnswers'>
}

/** The user of a connection, and the account that pays for the user's requests. */
export interface Owner {
  readonly principal: Principal
  readonly account: string
}

/** Connects transports to the hub, and finds connections by session secret. */
export class Peers {
  readonly #parts: PeersParts

  constructor(parts: PeersParts) {
    this.#parts = parts
  }

  /**
   * Connects a transport to the hub, with the principal if it is known.
   *
   * @param notAnonymous why the connection may not be used anonymously, if so
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
   * Takes messages for a stream that arrived by separate requests.
   *
   * @returns the answers as the text of a JSON array; undefined without such a stream
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

  /** Tells whether the stream of a session is open. */
  hasStream(session: string): boolean {
    return this.#streamOf(session) !== undefined
  }

  /** Counts useless bytes for a stream; closes it when there are too many. */
  countRefusedBytes(session: string, bytes: number): void {
    const connection = this.#streamOf(session)
    if (connection) this.#parts.dispatcher.countRefusedBytes(connection, bytes)
  }

  /** Finds the user of a connection by its session; settles an anonymous user for good. */
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
