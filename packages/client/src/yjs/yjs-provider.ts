import { checkFunctions, checkOption, checkOptionsObject } from '@coterie/protocol'
import { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'
import type { Channel } from '../channel/channel.ts'
import type { ChannelStatus } from '../channel/membership.ts'
import { AwarenessSync, type AwarenessSyncParts } from './awareness-sync.ts'
import type { AwarenessState } from './readable-carets.ts'
import { bindYjs, type YjsBinding, type YjsBindingOptions } from './yjs-binding.ts'

/** Functions by which an awareness is recognised. */
const AWARENESS_FUNCTIONS = ['setLocalState', 'getLocalState', 'on', 'off']

/** The document and the channel to synchronise, and the awareness of this client. */
export interface YjsProviderOptions extends YjsBindingOptions {
  /** The document's awareness, if the application has one already. @default a new one */
  readonly awareness?: Awareness
  /**
   * Tells whether the state of another client may be shown; a client whose state is
   * rejected keeps its previous one. `readableCarets(doc)` accepts what editors can read.
   *
   * @default any
   */
  readonly acceptState?: (state: AwarenessState) => boolean
}

/** The events of a provider, with the names that other Yjs providers use. */
export interface YjsProviderEvents {
  /** Whether nothing is missing, as in `isSynced`. */
  sync: (isSynced: boolean) => void
  /** The same under the name that other editors expect. */
  synced: (isSynced: boolean) => void
  status: (event: { readonly status: 'connecting' | 'connected' | 'disconnected' }) => void
}

/** A synchronised document and the carets of its editors, for editor bindings. */
export interface YjsProvider extends YjsBinding {
  readonly doc: Doc
  /** The awareness state of each client, by client id; never logged. */
  readonly awareness: Awareness
  on<Event extends keyof YjsProviderEvents>(event: Event, handler: YjsProviderEvents[Event]): void
  off<Event extends keyof YjsProviderEvents>(event: Event, handler: YjsProviderEvents[Event]): void
}

/**
 * Synchronises a Yjs document as `bindYjs` does, and shows its editors to one
 * another.
 *
 * y-prosemirror, y-codemirror.next and TipTap take `provider.awareness` or the
 * provider itself. A client's state is removed when it destroys the provider,
 * closes the page, leaves the channel's presence, or is silent for 30 s. Several
 * providers of one document and channel share one, which ends with the last.
 *
 * @example
 * const provider = createYjsProvider({
 *   client,
 *   channel: 'document:7',
 *   doc,
 *   acceptState: readableCarets(doc),
 * })
 * provider.awareness.setLocalStateField('user', { name: 'Ada', color: '#c33' })
 */
export function createYjsProvider(given: YjsProviderOptions): YjsProvider {
  checkOptionsObject('createYjsProvider', given)
  const { awareness, acceptState = () => true, ...options } = given
  if (awareness !== undefined) checkFunctions('awareness', awareness, AWARENESS_FUNCTIONS)
  checkOption('acceptState', acceptState, typeof acceptState === 'function', 'a function')
  const binding = bindYjs(options)
  const { client, doc } = options
  const channel = client.channel(options.channel)
  const shared = share(doc, channel, { awareness, acceptState, environment: client.environment })
  const handlers: { [Event in keyof YjsProviderEvents]: Set<YjsProviderEvents[Event]> } = {
    sync: new Set(),
    synced: new Set(),
    status: new Set(),
  }
  const stops = [
    binding.isSynced.subscribe((isSynced) => {
      for (const handler of [...handlers.sync, ...handlers.synced]) handler(isSynced)
    }),
    channel.status.subscribe((status) => {
      for (const handler of handlers.status) handler({ status: STATUSES[status] })
    }),
  ]
  let isDestroyed = false
  return {
    doc,
    awareness: shared.awareness,
    isSynced: binding.isSynced,
    error: binding.error,
    on: (event, handler) => void handlers[event].add(handler),
    off: (event, handler) => void handlers[event].delete(handler),
    destroy: () => {
      if (isDestroyed) return
      isDestroyed = true
      for (const stop of stops) stop()
      shared.release()
      binding.destroy()
    },
  }
}

interface SharedAwareness {
  readonly awareness: Awareness
  readonly sync: AwarenessSync
  /** False when the application created the awareness. */
  readonly isOurs: boolean
  providers: number
}

const awarenesses = new WeakMap<Doc, Map<Channel, SharedAwareness>>()

type ShareOptions = Pick<AwarenessSyncParts, 'acceptState' | 'environment'> & {
  readonly awareness: Awareness | undefined
}

// A document has one client id: two awareness instances for it would contradict each other.
function share(
  doc: Doc,
  channel: Channel,
  { awareness: given, ...parts }: ShareOptions,
): { readonly awareness: Awareness; release(): void } {
  const ofDocument = awarenesses.get(doc) ?? new Map<Channel, SharedAwareness>()
  awarenesses.set(doc, ofDocument)
  let shared = ofDocument.get(channel)
  if (!shared || (given && given !== shared.awareness)) {
    const awareness = given ?? createAwareness(doc, parts.environment.clock.now())
    const sync = new AwarenessSync({ ...parts, channel, awareness })
    shared = { awareness, sync, isOurs: !given, providers: 0 }
    ofDocument.set(channel, shared)
  }
  const own = shared
  own.providers += 1
  return {
    awareness: own.awareness,
    release: () => {
      own.providers -= 1
      if (own.providers > 0) return
      if (ofDocument.get(channel) === own) ofDocument.delete(channel)
      own.sync.close()
      if (own.isOurs) own.awareness.destroy()
    },
  }
}

// Other clients remember the clock of an earlier awareness of this document and ignore older ones.
function createAwareness(doc: Doc, nowMs: number): Awareness {
  const awareness = new Awareness(doc)
  const meta = awareness.meta.get(awareness.clientID)
  if (meta) meta.clock = nowMs
  return awareness
}

const STATUSES = {
  idle: 'disconnected',
  joining: 'connecting',
  joined: 'connected',
  refused: 'disconnected',
} as const satisfies Record<ChannelStatus, string>
