import { type ChannelEvent, parsePosition, type RealtimeError } from '@coterie/protocol'
import { applyUpdate, type Doc, encodeStateAsUpdate } from 'yjs'
import type { Channel, ChannelUse } from '../channel/channel.ts'
import type { Client } from '../client/client.ts'
import { type Backoff, createBackoff } from '../connection/backoff.ts'
import { mayRetry, retryDelayMs } from '../connection/retry.ts'
import { createSignal } from '../signals/signal.ts'
import { fromBase64 } from './base64.ts'
import { hasPending } from './has-pending.ts'
import { findLackingUpdate } from './lacking-update.ts'
import { readDocumentLog } from './log-reader.ts'
import { Problems } from './problems.ts'
import { SnapshotKeeper } from './snapshot-keeper.ts'
import { SnapshotWriter } from './snapshot-writer.ts'
import { StoredSnapshot } from './stored-snapshot.ts'
import { UPDATE_EVENT } from './update-event.ts'
import { isPartBy, partCharactersOf, UpdateParts } from './update-parts.ts'
import { UpdateSender } from './update-sender.ts'
import { WaitingEvents } from './waiting-events.ts'

const RETRY_MS = 1_000
const MAX_RETRY_MS = 60_000
/** How often to read the channel again for a missing update that others depend on. */
const MAX_SEARCHES = 5

/** The document and the channel to synchronise. */
export interface DocumentSyncOptions {
  readonly channel: Channel
  readonly doc: Doc
  readonly snapshotEvery: number
  readonly client: Pick<Client, 'environment' | 'limits' | 'request'>
}

/**
 * Synchronises one document and one channel, in both directions.
 *
 * It reads the channel first, and then sends what the channel lacks of the
 * document: it never relies on what was sent before.
 */
export class DocumentSync {
  readonly isSynced = createSignal(false)
  readonly #problems = new Problems()
  readonly error = this.#problems.newest

  readonly #options: DocumentSyncOptions
  readonly #name: string
  readonly #backoff: Backoff
  readonly #sender: UpdateSender
  readonly #stored: StoredSnapshot
  readonly #writer: SnapshotWriter
  readonly #snapshots: SnapshotKeeper
  #hasWritten = false
  readonly #parts = new UpdateParts()
  readonly #use: ChannelUse
  readonly #stops: (() => void)[]
  #reading: 'due' | 'under way' | 'done' | 'refused' = 'due'
  readonly #waiting = new WaitingEvents()
  // Tells the end of an abandoned read from that of the current one.
  #round = 0
  #failures = 0
  #searches = 0
  #cancelRetry: (() => void) | undefined
  #lastPosition: string | undefined
  /** True when the permissions to follow the channel do not suffice for a document. */
  #isDenied = false
  #isClosing = false

  constructor(options: DocumentSyncOptions) {
    const { channel, doc, client } = options
    const { environment } = client
    this.#options = options
    // Unique per binding, because each binding of a document numbers its updates from the start.
    this.#name = `${doc.clientID}.${Math.floor(environment.random() * 2 ** 32).toString(36)}`
    this.#backoff = createBackoff(RETRY_MS, MAX_RETRY_MS, () => environment.random())
    this.#sender = new UpdateSender({
      channel,
      doc,
      environment,
      partCharacters: () => partCharactersOf(client.limits),
      name: this.#name,
      onChange: () => this.#judge(),
      onSent: () => {
        this.#problems.solve('send')
        this.#hasWritten = true
        this.#snapshots.writeIfDue()
      },
      onRefused: (error) => this.#problems.report('send', error),
    })
    this.#stored = new StoredSnapshot(client, channel.name)
    this.#writer = new SnapshotWriter({ ...options, stored: this.#stored })
    this.#snapshots = new SnapshotKeeper({
      ...options,
      writer: this.#writer,
      name: this.#name,
      // While closing, the document may hold changes that only another binding of it will send.
      position: () =>
        this.#reading === 'done' && !this.#isClosing
          ? this.#parts.wholePosition(this.#lastPosition)
          : undefined,
      onWritten: () => this.#problems.solve('snapshot'),
      onRefused: (error) => this.#problems.report('snapshot', error),
    })
    const onUpdate = (update: Uint8Array, origin: unknown): void => {
      if (origin !== this) this.#sender.push(update)
    }
    doc.on('update', onUpdate)
    this.#stops = [
      () => doc.off('update', onUpdate),
      channel.onAny((event) => this.#hear(event)),
      channel.onReset(() => this.#readAgain()),
      channel.onGap(() => this.#readAgain()),
      channel.status.subscribe(() => this.#follow()),
    ]
    this.#use = channel.use({ state: true })
    this.#use.joined.catch((error: RealtimeError) => {
      // The channel is joined by other uses, but without the state that this one needs.
      if (channel.status() === 'refused' || mayRetry(error)) return
      this.#isDenied = true
      this.#failedToRead(error)
    })
    this.#follow()
  }

  /** Stops following the document, and leaves the channel once everything is sent. */
  close(): void {
    this.#isClosing = true
    this.#stops[0]?.()
    this.#judge()
  }

  #follow(): void {
    const status = this.#options.channel.status()
    if (status === 'joined') this.#problems.solve('join')
    const refusal = this.#options.channel.error()
    if (status === 'refused' && refusal) this.#problems.report('join', refusal)
    if (status === 'joined' && this.#reading === 'due') this.#read()
    else if (status !== 'joined') {
      this.#snapshots.stop()
      // The next join may grant it.
      if (this.#reading === 'refused' && !this.#isDenied) this.#reading = 'due'
    }
    this.#allowSending()
    this.#judge()
  }

  #allowSending(): void {
    const isRead = this.#reading === 'done' || this.#reading === 'refused'
    this.#sender.allow(isRead && this.#options.channel.status() === 'joined')
  }

  #judge(): void {
    const { channel, doc } = this.#options
    const isWhole = this.#reading === 'done' && this.#sender.isIdle && !hasPending(doc)
    this.isSynced.set(isWhole && channel.status() === 'joined')
    if (!this.#isClosing) return
    const isHopeless = channel.status() === 'idle' || channel.status() === 'refused'
    if (this.#sender.isIdle || this.#sender.isRefused || isHopeless) this.#end()
  }

  #end(): void {
    this.#round += 1
    this.#isClosing = false
    this.#cancelRetry?.()
    this.#sender.stop()
    this.#snapshots.stop()
    for (const stop of this.#stops) stop()
    void this.#use.release()
  }

  #hear(event: ChannelEvent): void {
    if (event.event === UPDATE_EVENT) this.#receive(event)
    // A snapshot also covers the other events of the log.
    else if (this.#reading === 'done' && event.position) this.#lastPosition = event.position
  }

  #receive(event: ChannelEvent): void {
    if (this.#reading === 'under way' || this.#reading === 'due') this.#waiting.keep(event)
    else this.#take(event)
    this.#judge()
  }

  #take({ payload, from, position }: ChannelEvent): Uint8Array | undefined {
    const offset = parsePosition(position ?? '')?.offset ?? 0
    const text = this.#parts.take(from?.user_id ?? '', payload, offset)
    if (position !== undefined) this.#lastPosition = position
    const update = text === undefined ? undefined : this.#apply(() => fromBase64(text))
    if (update) this.#writer.took(offset, update)
    if (hasPending(this.#options.doc)) this.#searchLater()
    else this.#searches = 0
    // The last client that wrote is responsible for the snapshot.
    this.#snapshots.happened(isPartBy(this.#name, payload), true)
    return update
  }

  #apply(read: () => Uint8Array): Uint8Array | undefined {
    try {
      const update = read()
      applyUpdate(this.#options.doc, update, this)
      return update
    } catch (error) {
      // Any publisher may send an invalid update, which must not harm the others.
      this.#options.client.environment.reportError(error)
      return undefined
    }
  }

  // The log was lost, or part of it was missed: what is here may be nowhere else.
  #readAgain(): void {
    this.#round += 1
    this.#waiting.clear()
    if (this.#isDenied) this.#sender.replace(encodeStateAsUpdate(this.#options.doc))
    else this.#reading = 'due'
    this.#follow()
  }

  #read(): void {
    this.#round += 1
    this.#reading = 'under way'
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    const round = this.#round
    this.#readAll(round).then(
      () => round === this.#round && this.#haveRead(),
      (error: RealtimeError) => round === this.#round && this.#failedToRead(error),
    )
  }

  async #readAll(round: number): Promise<void> {
    const { channel, doc } = this.#options
    const isEmpty = doc.store.clients.size === 0
    const known: Uint8Array[] = []
    const keep = (update: Uint8Array | undefined): void => {
      // An empty document needs no comparison.
      if (update && !isEmpty) known.push(update)
    }
    this.#parts.clear()
    let hole: RealtimeError | undefined
    const end = await readDocumentLog(channel, this.#stored, {
      onStored: (head) => {
        if (round === this.#round) this.#writer.begin(head)
      },
      onSkipped: () => this.#writer.missed(),
      onSnapshot: (update) => keep(this.#apply(() => update)),
      onEvent: (event) => {
        if (round === this.#round && event.event === UPDATE_EVENT) keep(this.#take(event))
      },
      onHole: (error) => {
        hole = error
        this.#writer.missed()
      },
    })
    if (round !== this.#round) return
    this.#lastPosition = end
    for (const event of this.#waiting.take(end)) keep(this.#take(event))
    if (hole) this.#problems.report('read', hole)
    else this.#problems.solve('read')
    if (!isEmpty) this.#sender.replace(findLackingUpdate(doc, known))
  }

  #haveRead(): void {
    this.#failures = 0
    this.#reading = 'done'
    // A client that opens changes of others may write the snapshot.
    this.#snapshots.happened(true, this.#hasWritten)
    if (hasPending(this.#options.doc)) this.#searchLater()
    this.#follow()
  }

  #failedToRead(error: RealtimeError): void {
    this.#reading = 'due'
    if (!mayRetry(error)) {
      this.#reading = 'refused'
      this.#problems.report('read', error)
      for (const event of this.#waiting.take(undefined)) this.#take(event)
      // The log could not be read, so any change may be missing there.
      this.#sender.replace(encodeStateAsUpdate(this.#options.doc))
      this.#follow()
      return
    }
    this.#later(retryDelayMs(error, this.#failures, this.#backoff))
    this.#failures += 1
    this.#judge()
  }

  // A missing update may have been skipped: by a gap in the log, or by a part that arrived late.
  #searchLater(): void {
    if (this.#reading !== 'done' || this.#cancelRetry || this.#searches >= MAX_SEARCHES) return
    this.#later(RETRY_MS + this.#backoff(this.#searches))
    this.#searches += 1
  }

  #later(delayMs: number): void {
    const { clock } = this.#options.client.environment
    this.#cancelRetry = clock.setTimer(() => {
      this.#cancelRetry = undefined
      if (this.#reading === 'due' || hasPending(this.#options.doc)) this.#readAgain()
    }, delayMs)
  }
}
