import type { PeerName } from '../peers/peer.ts'
import { dialectOf } from './dialect-of.ts'
import { WebSocketClient } from './web-socket-client.ts'

/** Who asks for what, and reads nothing. */
export interface NonReadersPlan {
  readonly port: number
  readonly peer: PeerName
  readonly connections: number
  /** The frames that each sends. */
  readonly texts: readonly string[]
}

/** Connections that ask and never read an answer. */
export class NonReaders {
  readonly #clients: readonly WebSocketClient[]

  constructor({ port, peer, connections, texts }: NonReadersPlan) {
    const { path } = dialectOf(peer)
    this.#clients = Array.from({ length: connections }, () => {
      const client = new WebSocketClient(port, path, { onText() {}, onEnd() {} })
      client.pause()
      client.send(...texts)
      return client
    })
  }

  /** Drops all connections without a word. */
  drop(): void {
    for (const client of this.#clients) client.destroy()
  }
}
