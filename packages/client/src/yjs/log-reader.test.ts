import { type HistoryReply, RealtimeError } from '@coterie/protocol'
import { expect, it } from 'vitest'
import type { Channel } from '../channel/channel.ts'
import { readDocumentLog } from './log-reader.ts'
import type { StoredSnapshot } from './stored-snapshot.ts'

const SNAPSHOT = {
  yjs: { position: 'old:7', generation: 'g', parts: 1 },
  'yjs/g-0': 'AAA=',
}

/** A channel whose state holds a snapshot of a log that is gone, and the log that is there now. */
function createChannel(positions: readonly string[], top: string | null): Channel {
  const history = ({ since }: { since?: string } = {}): Promise<HistoryReply> => {
    if (since === 'old:7') {
      return Promise.reject(
        new RealtimeError('not_found', 'unknown', { details: { reason: 'unknown_epoch' } }),
      )
    }
    const events = positions.filter((position) => since === undefined || position > since)
    return Promise.resolve({
      events: events.map((position) => ({ position })),
      position: top,
    } as unknown as HistoryReply)
  }
  return { history, state: { value: () => SNAPSHOT } } as unknown as Channel
}

async function read(positions: readonly string[], top: string | null) {
  const told = { events: 0, holes: 0 }
  await readDocumentLog(
    createChannel(positions, top),
    { read: async () => undefined } as unknown as StoredSnapshot,
    {
      onStored() {},
      onSkipped() {},
      onSnapshot() {},
      onEvent: () => {
        told.events += 1
      },
      onHole: () => {
        told.holes += 1
      },
    },
  )
  return told
}

it.each([
  ['has all its events', ['new:1', 'new:2'], 'new:2', { events: 2, holes: 0 }],
  ['nobody has written to', [], 'new:0', { events: 0, holes: 0 }],
  ['has no position yet', [], null, { events: 0, holes: 0 }],
  ['has lost its first events', ['new:3', 'new:4'], 'new:4', { events: 2, holes: 1 }],
  ['has lost all its events', [], 'new:4', { events: 0, holes: 1 }],
])(
  'tells of a hole behind a snapshot of an earlier log only where there may be one: the log %s',
  async (_, positions, top, told) => {
    expect(await read(positions, top)).toEqual(told)
  },
)
