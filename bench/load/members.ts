import type { PeerName } from '../peers/peer.ts'
import { dialectOf } from './dialect-of.ts'
import { inBatches } from './in-batches.ts'
import { Session } from './session.ts'

/** Silence after which all presence events count as delivered, in ms. */
const QUIET_MS = 1_500

/** Who appears in a channel, and how fast. */
export interface MembersPlan {
  readonly port: number
  readonly peer: PeerName
  readonly members: number
  readonly channel: string
  /** From the first to the last, in ms. */
  readonly overMs: number
}

/** What members were sent while they came. */
export interface Joined {
  /** From the first to the last event that any was told, in ms. */
  readonly completeMs: number
  /** Bytes that all were sent. */
  readonly bytes: number
  /** Bytes that the last was shown of all who were there. */
  readonly snapshotBytes: number
}

/** Brings members into a channel, one after the other, each of whom follows who is there. */
export async function joinMembers(plan: MembersPlan): Promise<Joined> {
  const { port, peer, members, channel, overMs } = plan
  const dialect = dialectOf(peer)
  const { joinPresence } = dialect
  if (!joinPresence) throw new Error(`${peer} has no presence`)
  const open = async (): Promise<Session> => {
    const session = new Session(port, dialect)
    await dialect.open(session)
    return session
  }
  const sessions = await inBatches(members, open)
  let lastReadMs = 0
  for (const session of sessions) {
    session.listener = {
      onControl: () => false,
      onRead: () => {
        lastReadMs = performance.now()
      },
    }
  }
  const read = (): number => sessions.reduce((sum, { client }) => sum + client.bytesRead, 0)
  const before = read()
  const startMs = performance.now()
  // The last one comes when all others are there, so that what it is shown is all of them.
  const [late, ...early] = sessions.toReversed()
  if (!late) throw new Error('nobody is to come')
  const joins = early.map(async (session, index) => {
    await until(startMs + (index * overMs) / members)
    await joinPresence(session, channel, `member-${index}`)
  })
  await Promise.all(joins)
  while (performance.now() - lastReadMs < QUIET_MS) await until(lastReadMs + QUIET_MS)
  const completeMs = lastReadMs - startMs
  const bytes = read() - before
  const beforeLate = late.client.bytesRead
  await joinPresence(late, channel, 'late')
  const snapshotBytes = late.client.bytesRead - beforeLate
  for (const { client } of sessions) client.destroy()
  return { completeMs, bytes, snapshotBytes }
}

async function until(timeMs: number): Promise<void> {
  const leftMs = timeMs - performance.now()
  if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs))
}
