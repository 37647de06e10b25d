import type { RealtimeError, SnapshotHead } from '@coterie/protocol'
import { type Doc, encodeStateAsUpdate } from 'yjs'
import type { Channel } from '../channel/channel.ts'
import type { Client } from '../client/client.ts'
import { joinUpdates } from './join-updates.ts'
import { RecentUpdates } from './recent-updates.ts'
import { isUnsupported, type StoredSnapshot } from './stored-snapshot.ts'
import { partCharactersOf } from './update-parts.ts'
import { deleteSnapshots, isBehind, snapshotPosition, writeSnapshot } from './yjs-snapshot.ts'

/** Bytes of a document that fits into shared state together with its next snapshot. */
const MAX_STATE_BYTES = 98_304
/** More segments would slow down opening before their size does. */
const MAX_SEGMENTS = 32

/** What writing snapshots needs. */
export interface SnapshotWriterParts {
  readonly client: Pick<Client, 'limits'>
  readonly channel: Channel
  readonly doc: Doc
  readonly stored: StoredSnapshot
}

/**
 * Writes snapshots of a document: a small one in the channel's shared state,
 * where clients of every release read it; a larger one outside the state.
 *
 * A larger one is written whole once, then extended by newer changes until these
 * are half as large. A reader finds the new snapshot or the previous one, complete.
 */
export class SnapshotWriter {
  readonly #parts: SnapshotWriterParts
  readonly #recent = new RecentUpdates()
  #head: SnapshotHead | null = null

  constructor(parts: SnapshotWriterParts) {
    this.#parts = parts
  }

  /** Up to where the newest known snapshot covers the log; undefined without one. */
  get position(): string | undefined {
    return this.#head?.position ?? snapshotPosition(this.#parts.channel.state.value())
  }

  /** Notes the stored snapshot from which the document was read; null for none. */
  begin(head: SnapshotHead | null): void {
    this.#head = head
    if (head) this.#recent.begin(head.position)
    else this.#recent.breakOff()
  }

  /** Notes that updates since the snapshot are missing. */
  missed(): void {
    this.#recent.breakOff()
  }

  /** Notes an update since the snapshot, by the offset of its last event. */
  took(offset: number, update: Uint8Array): void {
    this.#recent.add(offset, update)
  }

  /**
   * Writes the document's changes, unless another client has written them.
   *
   * @param position the position up to which the document is complete
   * @param name distinguishes this snapshot from all others
   * @throws {RealtimeError} the server's refusal, such as `too_large`
   */
  async write(position: string, name: string): Promise<void> {
    const update = this.#head ? undefined : encodeStateAsUpdate(this.#parts.doc)
    if (update && update.length <= MAX_STATE_BYTES) {
      const error = await this.#writeToState(position, name, update).catch((error) => error)
      if (!error) return
      if ((error as RealtimeError).code !== 'too_large') throw error
    }
    try {
      await this.#writeBeside(position, name)
    } catch (error) {
      const { code } = error as RealtimeError
      // Another client was faster and wrote the same changes.
      if (code === 'conflict') return
      if (!update || !isUnsupported(error)) throw error
      // The application may have made room for it in the state.
      await this.#writeToState(position, name, update)
    }
  }

  async #writeToState(position: string, name: string, update: Uint8Array): Promise<void> {
    const { channel, client, stored } = this.#parts
    const snapshot = { position, update }
    const isWritten = await writeSnapshot(
      channel.state,
      name,
      snapshot,
      partCharactersOf(client.limits),
    )
    // An older server keeps no events that the commit could release.
    if (isWritten) await stored.commit(position, {}).catch(() => {})
  }

  async #writeBeside(position: string, name: string): Promise<void> {
    const { channel, client, doc, stored } = this.#parts
    const head = await stored.head()
    if (head?.version !== this.#head?.version) this.#adopt(head)
    if (head && !isBehind(head.position, position)) return
    const partCharacters = partCharactersOf(client.limits)
    const addition = head ? this.#addition(head, partCharacters) : undefined
    const kept = addition && head ? head.segments : []
    const update = addition ?? encodeStateAsUpdate(doc)
    // Later updates are not part of it.
    if (!addition) this.#recent.beginHere(position)
    try {
      const parts = await stored.write(name, update, partCharacters)
      const segments = [...kept, { id: name, parts }]
      const ids = segments.map(({ id }) => id)
      const version = await stored.commit(position, { segments: ids, version: head?.version ?? 0 })
      this.#head = { version, position, segments }
      if (addition) this.#recent.covered(position)
    } catch (error) {
      if (!addition) this.#recent.breakOff()
      throw error
    }
    if (!head) await deleteSnapshots(channel.state)
  }

  #adopt(head: SnapshotHead | null): void {
    const isFirst = this.#head === null
    this.#head = head
    if (head && !isFirst) this.#recent.covered(head.position)
    else this.#recent.breakOff()
  }

  // The newer changes, when writing them is cheaper than writing the whole document.
  #addition({ segments }: SnapshotHead, partCharacters: number): Uint8Array | undefined {
    const updates = this.#recent.all
    const [base, ...additions] = segments
    if (!base || !updates || updates.length === 0 || segments.length >= MAX_SEGMENTS) {
      return undefined
    }
    const update = joinUpdates(this.#parts.doc, updates)
    const ownParts = Math.ceil((update.length * 4) / 3 / partCharacters)
    const parts = additions.reduce((sum, addition) => sum + addition.parts, ownParts)
    return parts * 2 <= base.parts ? update : undefined
  }
}
