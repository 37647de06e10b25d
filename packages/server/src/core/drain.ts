import { CLOSE_CODES } from '@coterie/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Connection } from './connection.ts'
import type { Connections } from './connections.ts'
import { settledWithin } from './settled-within.ts'

/** Connections closed in one batch. */
const BATCH = 500
/** How long connections may take to close, in ms. */
const DEADLINE_MS = 3_000
const MIN_RETRY_MS = 500
const MAX_RETRY_MS = 10_000

/** The connections to drain. */
interface Drained {
  readonly connections: Connections
  /** Forgets a connection whose transport has ended. */
  end(connection: Connection): void
}

/** Closes all connections, and spreads reconnects the wider, the more there are. */
export async function drain(sessions: Drained, clock: Clock): Promise<void> {
  const nextTick = (): Promise<void> => new Promise((resolve) => clock.afterTick(resolve))
  // Acknowledgements of this tick are written before their socket closes.
  await nextTick()
  await nextTick()
  const { connections } = sessions
  const retryMs = Math.min(MAX_RETRY_MS, Math.max(MIN_RETRY_MS, connections.size))
  for (const [index, connection] of [...connections].entries()) {
    connection.close(CLOSE_CODES.serviceRestart, JSON.stringify({ retry_ms: retryMs }))
    if (index % BATCH === BATCH - 1) await nextTick()
  }
  await settledWithin(clock, connections.emptied(), DEADLINE_MS)
  for (const connection of [...connections]) {
    connection.transport.terminate()
    sessions.end(connection)
  }
  await connections.emptied()
}
