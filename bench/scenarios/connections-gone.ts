import { setTimeout as delay } from 'node:timers/promises'
import type { PeerCommands } from '../peers/main.ts'
import type { RemoteProcess } from '../process/remote-process.ts'

const POLL_MS = 50
/** A server that closes abandoned connections takes far less, in ms. */
const TIMEOUT_MS = 15_000

/**
 * Resolves when a server has noticed that all its connections were dropped.
 *
 * @param others connections that were not
 * @throws {Error} when it does not
 */
export async function connectionsGone(
  server: RemoteProcess<PeerCommands>,
  others = 0,
): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS
  for (;;) {
    const left = await server.call('countConnections', null)
    if (left <= others) return
    if (performance.now() > deadline) throw new Error(`${left} dropped connections are still open`)
    await delay(POLL_MS)
  }
}
