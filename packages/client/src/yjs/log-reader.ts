import {
  type ChannelEvent,
  type HistoryReply,
  parsePosition,
  RealtimeError,
  type SnapshotHead,
} from '@coterie/protocol'
import type { Channel } from '../channel/channel.ts'
import type { StoredSnapshot } from './stored-snapshot.ts'
import { isAhead, readSnapshot } from './yjs-snapshot.ts'

const PAGE_EVENTS = 500

/** What reading a document's channel reports, in order. */
export interface LogReaderEvents {
  /** The stored snapshot outside the state, or null when there is none. */
  onStored(head: SnapshotHead | null): void
  /** Events that follow the stored snapshot were skipped. */
  onSkipped(): void
  /** A part of the snapshot, or all of it. */
  onSnapshot(update: Uint8Array): void
  onEvent(event: ChannelEvent): void
  /** The log no longer holds all events that follow the snapshot. */
  onHole(error: RealtimeError): void
}

/**
 * Reads the snapshot of a channel, and its log from there to the end.
 *
 * @returns the position up to which everything was read; undefined for an empty channel
 * @throws {RealtimeError} the server's refusal, `timeout`, or `unavailable`
 */
export async function readDocumentLog(
  channel: Channel,
  stored: StoredSnapshot,
  { onStored, onSkipped, onSnapshot, onEvent, onHole }: LogReaderEvents,
): Promise<string | undefined> {
  const beside = await stored.read()
  onStored(beside?.head ?? null)
  const inState = readSnapshot(channel.state.value())
  for (const update of beside?.updates ?? []) onSnapshot(update)
  if (inState) onSnapshot(inState.update)
  let since = beside?.head.position ?? inState?.position
  // The state's snapshot is newer and contains the events between the two.
  if (beside && inState && isAhead(inState.position, beside.head.position)) {
    since = inState.position
    onSkipped()
  }
  for (;;) {
    const page = await readPage(channel, since, onHole)
    for (const event of page.events) onEvent(event)
    const [gap] = page.gaps ?? []
    if (gap) {
      const details = { reason: gap.reason }
      onHole(new RealtimeError('not_found', 'events of the document are damaged', { details }))
    }
    const last = page.events.at(-1)?.position
    if (last === undefined) return since
    since = last
    if (last === page.position) return since
  }
}

async function readPage(
  channel: Channel,
  since: string | undefined,
  onHole: (error: RealtimeError) => void,
): Promise<HistoryReply> {
  const limit = PAGE_EVENTS
  if (since === undefined) return channel.history({ limit })
  try {
    return await channel.history({ limit, since })
  } catch (error) {
    if ((error as RealtimeError).code !== 'not_found') throw error
    const page = await channel.history({ limit })
    if (!holdsItsFirst(page)) onHole(error as RealtimeError)
    return page
  }
}

// A complete log that began after the snapshot holds all events that follow it.
function holdsItsFirst({ events, position }: HistoryReply): boolean {
  const first = parsePosition(events[0]?.position ?? '')
  if (first) return first.offset === 1
  return (parsePosition(position ?? '')?.offset ?? 0) === 0
}
