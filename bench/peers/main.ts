import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { answerCommands } from '../process/answer-commands.ts'
import { type ResourceCommands, resourceCommands } from '../process/resources.ts'
import { loadPeer } from './load-peer.ts'
import type { Peer, PeerName, PeerOptions } from './peer.ts'
import { type PublishPlan, publishPaced } from './publish-paced.ts'

/** Connections that may wait to be accepted, the same for all servers. */
const BACKLOG = 4_096

/** What a server process can be asked. */
export interface PeerCommands extends ResourceCommands {
  /** Starts to listen and returns the port. */
  start(asked: { readonly name: PeerName; readonly options: PeerOptions }): Promise<number>
  publish(plan: PublishPlan): Promise<void>
  /** Revokes the tokens of a user; resolves when that is answered. */
  revoke(userId: string): Promise<void>
  /** Returns how many connections are open. */
  countConnections(nothing: null): Promise<number>
}

const server = createServer()
let peer: Peer | undefined

answerCommands<PeerCommands>({
  ...resourceCommands(),
  async start({ name, options }) {
    const createPeer = await loadPeer(name)
    peer = await createPeer(server, options)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', BACKLOG, resolve))
    return (server.address() as AddressInfo).port
  },
  async publish(plan) {
    if (!peer) throw new Error('the server was not started')
    await publishPaced(peer, plan)
  },
  async revoke(userId) {
    if (!peer?.revoke) throw new Error('the server revokes nothing')
    await peer.revoke(userId)
  },
  countConnections: () => promisify(server.getConnections.bind(server))(),
})
