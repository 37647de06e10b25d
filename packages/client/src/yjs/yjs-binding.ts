import {
  checkFunctions,
  checkOption,
  checkOptionsObject,
  checkWholeNumber,
  type RealtimeError,
} from '@coterie/protocol'
import type { Doc } from 'yjs'
import type { Channel } from '../channel/channel.ts'
import type { Client } from '../client/client.ts'
import type { Signal } from '../signals/signal.ts'
import { DocumentSync } from './document-sync.ts'

const SNAPSHOT_EVERY = 100
/** Functions by which a Yjs document is recognised. */
const DOC_FUNCTIONS = ['transact', 'on', 'off']

/** The document and the channel to synchronise. */
export interface YjsBindingOptions {
  readonly client: Client
  /** A channel with history and persistent shared state; the binding joins it. */
  readonly channel: string
  readonly doc: Doc
  /**
   * Number of events after which a snapshot is written, so that later readers read
   * the snapshot and the events since. The channel's history must hold several
   * times as many. When a document has several bindings, the first one's value applies.
   * @default 100
   */
  readonly snapshotEvery?: number
}

/** A document that is synchronised with its channel. */
export interface YjsBinding {
  /**
   * True while nothing is missing: the document holds all changes of the channel,
   * the channel holds all changes made here, and no change waits for a missing
   * earlier one. False without a connection.
   */
  readonly isSynced: Signal<boolean>
  /** Why the document is not synchronised, when waiting does not help; null after recovery. */
  readonly error: Signal<RealtimeError | null>
  /**
   * Ends the binding. Once earlier changes are sent, leaves the channel unless it is
   * in use elsewhere; the document stays. Idempotent.
   */
  destroy(): void
}

interface SharedSync {
  readonly sync: DocumentSync
  bindings: number
}

const syncs = new WeakMap<Doc, Map<Channel, SharedSync>>()

/**
 * Synchronises a Yjs document with all documents bound to the same channel.
 *
 * Changes go through the channel's log, so that a lost connection loses none.
 * Changes made without a connection, and refused ones, are sent later. Snapshots
 * save a reader most of the log. Binding a document to the same channel again
 * shares the first binding.
 *
 * @example
 * const doc = new Y.Doc()
 * const binding = bindYjs({ client, channel: 'document:7', doc })
 */
export function bindYjs(options: YjsBindingOptions): YjsBinding {
  checkOptionsObject('bindYjs', options)
  const { client, doc, snapshotEvery = SNAPSHOT_EVERY } = options
  checkFunctions('client', client, ['channel'])
  const isNamed = typeof options.channel === 'string'
  checkOption('channel', options.channel, isNamed, 'the name of a channel')
  checkFunctions('doc', doc, DOC_FUNCTIONS)
  checkWholeNumber('snapshotEvery', snapshotEvery, 1)
  const channel = client.channel(options.channel)
  const ofDocument = syncs.get(doc) ?? new Map<Channel, SharedSync>()
  syncs.set(doc, ofDocument)
  const shared = ofDocument.get(channel) ?? {
    sync: new DocumentSync({ channel, doc, snapshotEvery, client }),
    bindings: 0,
  }
  ofDocument.set(channel, shared)
  shared.bindings += 1
  let isDestroyed = false
  return {
    isSynced: shared.sync.isSynced,
    error: shared.sync.error,
    destroy: () => {
      if (isDestroyed) return
      isDestroyed = true
      shared.bindings -= 1
      if (shared.bindings > 0) return
      ofDocument.delete(channel)
      shared.sync.close()
    },
  }
}
