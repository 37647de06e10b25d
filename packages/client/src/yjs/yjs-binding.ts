import type { ChannelEvent, HistoryReply, JsonValue, RealtimeError } from '@coterie/protocol'
import { applyUpdate, type Doc, encodeStateAsUpdate, mergeUpdates } from 'yjs'
import type { Channel } from '../channel.ts'
import type { Client } from '../client.ts'
import { reportError } from '../report-error.ts'
import { createSignal, type Signal } from '../signal.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { cut, UpdateParts } from './update-parts.ts'
import { eventsSince, readSnapshot, writeSnapshot } from './yjs-snapshot.ts'

const EVENT = 'yjs:update'
const SNAPSHOT_EVERY = 100
const PAGE_EVENTS = 500

/** What to keep in step with whom. */
export interface YjsBindingOptions {
  readonly client: Client
  /** A channel with history and shared state that is to persist; it is joined. */
  readonly channel: string
  readonly doc: Doc
  /**
   * Events after which a snapshot is written, so that who opens the document
   * later reads that and what follows. The channel's history must hold several
   * times as many. @default 100
   */
  readonly snapshotEvery?: number
}

/** A document that is kept in step with its channel. */
export interface YjsBinding {
  /** True when the document holds all that the channel held when it was opened. */
  readonly isSynced: Signal<boolean>
  /** What went wrong last. */
  readonly error: Signal<RealtimeError | null>
  /** Ends it and leaves the channel; the document stays. Idempotent. */
  destroy(): void
}

/**
 * Keeps a Yjs document in step with all who bind theirs to the same channel.
 *
 * Changes go through the channel's log, so that none is lost by a cut, and made
 * without a connection they wait for one. Snapshots in the channel's shared
 * state keep the log from being read from its beginning.
 *
 * @example
 * const doc = new Y.Doc()
 * const binding = bindYjs({ client, channel: 'document:7', doc })
 */
export function bindYjs(options: YjsBindingOptions): YjsBinding {
  return new ChannelBinding(options)
}

class ChannelBinding implements YjsBinding {
  readonly isSynced = createSignal(false)
  readonly error = createSignal<RealtimeError | null>(null)

  readonly #doc: Doc
  readonly #channel: Channel
  readonly #snapshotEvery: number
  readonly #parts = new UpdateParts()
  readonly #stops: (() => void)[]
  /** Own updates that wait until the one before was taken. */
  #waiting: Uint8Array[] = []
  #isSending = false
  #isWritingSnapshot = false
  #isLoading = false
  #isDestroyed = false
  #lastPosition: string | undefined
  #updates = 0

  constructor({ client, channel, doc, snapshotEvery = SNAPSHOT_EVERY }: YjsBindingOptions) {
    this.#doc = doc
    this.#snapshotEvery = snapshotEvery
    this.#channel = client.channel(channel, { state: true })
    const onUpdate = (update: Uint8Array, origin: unknown): void => {
      if (origin !== this) this.#push(update)
    }
    doc.on('update', onUpdate)
    this.#stops = [
      () => doc.off('update', onUpdate),
      this.#channel.on(EVENT, (event) => this.#receive(event)),
      this.#channel.onReset(() => this.#startAfresh()),
      this.#channel.status.subscribe(() => this.#loadOnce()),
    ]
    this.#channel.subscribe().catch((error: RealtimeError) => this.error.set(error))
    this.#loadOnce()
    // What is in the document already is as new to the others.
    if (doc.store.clients.size > 0) this.#push(encodeStateAsUpdate(doc))
  }

  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    for (const stop of this.#stops) stop()
    void this.#channel.unsubscribe()
  }

  #push(update: Uint8Array): void {
    this.#waiting.push(update)
    if (!this.#isSending) void this.#send()
  }

  // What is written while one is on its way goes together in the next.
  async #send(): Promise<void> {
    this.#isSending = true
    while (this.#waiting.length > 0 && !this.#isDestroyed) {
      const waiting = this.#waiting
      this.#waiting = []
      try {
        await this.#publish(mergeUpdates(waiting))
      } catch (error) {
        this.error.set(error as RealtimeError)
      }
    }
    this.#isSending = false
  }

  async #publish(update: Uint8Array): Promise<void> {
    this.#updates += 1
    const id = `${this.#doc.clientID}-${this.#updates}`
    const texts = cut(toBase64(update))
    const published = texts.map((data, part) => {
      const payload: JsonValue = { id, part, parts: texts.length, data }
      return this.#channel.publish(EVENT, payload)
    })
    await Promise.all(published)
    this.#writeSnapshotIfDue()
  }

  #receive({ payload, from, position }: ChannelEvent): void {
    const text = this.#parts.take(from?.user_id ?? '', payload)
    if (position !== undefined) this.#lastPosition = position
    if (text !== undefined) this.#apply(() => fromBase64(text))
  }

  #apply(read: () => Uint8Array): void {
    try {
      applyUpdate(this.#doc, read(), this)
    } catch (error) {
      // Whoever may publish may publish nonsense: the others are not to suffer for it.
      reportError(error)
    }
  }

  #loadOnce(): void {
    if (this.#channel.status() !== 'joined' || this.isSynced() || this.#isLoading) return
    this.#isLoading = true
    this.#load()
      .then(
        () => this.isSynced.set(true),
        (error: RealtimeError) => this.error.set(error),
      )
      .finally(() => {
        this.#isLoading = false
      })
  }

  // Live events come meanwhile: updates may be applied in any order, and twice.
  async #load(): Promise<void> {
    const snapshot = readSnapshot(this.#channel.state.value())
    if (snapshot) this.#apply(() => snapshot.update)
    const parts = new UpdateParts()
    let since = snapshot?.position
    for (;;) {
      const page = await this.#readPage(since)
      for (const { event, from, payload } of page.events) {
        if (event !== EVENT) continue
        const text = parts.take(from?.user_id ?? '', payload)
        if (text !== undefined) this.#apply(() => fromBase64(text))
      }
      const last = page.events.at(-1)?.position
      if (last === undefined) break
      since = last
      if (last === page.position) break
    }
    this.#lastPosition ??= since
  }

  async #readPage(since: string | undefined): Promise<HistoryReply> {
    const limit = PAGE_EVENTS
    if (since === undefined) return this.#channel.history({ limit })
    try {
      return await this.#channel.history({ limit, since })
    } catch (error) {
      if ((error as RealtimeError).code !== 'not_found') throw error
      // What lies between is lost to the log; those who have it bring it again.
      this.error.set(error as RealtimeError)
      return this.#channel.history({ limit })
    }
  }

  // The log was lost, or more of it was missed than it holds: what is here may be nowhere else.
  #startAfresh(): void {
    this.#parts.clear()
    this.#lastPosition = undefined
    this.isSynced.set(false)
    this.#push(encodeStateAsUpdate(this.#doc))
    this.#loadOnce()
  }

  #writeSnapshotIfDue(): void {
    const position = this.#lastPosition
    const { state } = this.#channel
    if (position === undefined || this.#isWritingSnapshot || !this.isSynced()) return
    // An update of which a part is to come is not in the document yet.
    if (this.#parts.hasOpen || eventsSince(state.value(), position) < this.#snapshotEvery) return
    this.#isWritingSnapshot = true
    const update = encodeStateAsUpdate(this.#doc)
    const generation = `${this.#doc.clientID}-${this.#updates}`
    writeSnapshot(state, generation, { position, update })
      .catch((error: RealtimeError) => this.error.set(error))
      .finally(() => {
        this.#isWritingSnapshot = false
      })
  }
}
