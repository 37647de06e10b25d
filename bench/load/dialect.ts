import type { PeerName } from '../peers/peer.ts'
import { bareDialect } from './bare-dialect.ts'
import { coterieDialect } from './coterie-dialect.ts'
import type { Session } from './session.ts'
import { socketIoDialect } from './socket-io-dialect.ts'

/** How one kind of server is talked to. */
export interface Dialect {
  /** The path of its WebSockets. */
  readonly path: string
  /** Resolves when the server has greeted. */
  open(session: Session): Promise<void>
  /** Resolves when the session is in all channels. */
  subscribe(session: Session, channels: readonly string[]): Promise<void>
  /** Writes an event to be published and acknowledged; at most once, where it has a message id. */
  publish(id: string, channel: string, payload: string, messageId?: string): string
  /** True when the text that begins here acknowledges an event. */
  isAck(data: Buffer, start: number): boolean
  isRefusal(text: string): boolean
  /** Returns what to answer, where the text is a ping. */
  answerToPing(text: string): string | undefined
  /** Appears in a channel and follows who else does; resolves when the server has shown who is there. */
  joinPresence?(session: Session, channel: string, name: string): Promise<void>
  /** Returns what a session needs to come back with; undefined where nobody can. */
  resumePoint?(session: Session): string
  /** Comes back with it, in place of `open` and `subscribe`; what was missed follows. */
  resume?(session: Session, channel: string, point: string): Promise<void>
}

/** Returns the dialect that a server speaks. */
export function dialectOf(peer: PeerName): Dialect {
  if (peer === 'socket.io') return socketIoDialect()
  return peer.startsWith('coterie') ? coterieDialect() : bareDialect()
}
