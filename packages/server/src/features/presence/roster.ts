import type { PresenceEntry } from '@coterie/protocol'
import type { MapView } from '../../core/channel-map.ts'
import { type PresenceValue, parsePresence } from '../../core/presence-map.ts'
import { type ChangeCursor, ChangeLog } from '../../local/change-log.ts'
import type { KeyChange, MapChange } from '../../ports/engine.ts'
import type { TextPieces } from '../../ports/transport.ts'
import { GrowingText } from './growing-text.ts'
import { differs, reportUser } from './report-user.ts'

/** The users present in one channel: kept per connection, reported per user. */
export class Roster implements MapView {
  readonly #connectionsByUser = new Map<string, Map<string, PresenceValue>>()
  readonly #userByConnection = new Map<string, string>()
  /** The JSON text of each user's entry; absent until the first read after a change. */
  readonly #texts = new Map<string, string>()
  /** The texts of all users, as long as users only arrive. */
  #text: GrowingText | undefined
  readonly #changes = new ChangeLog((userId) => this.#report(userId), differs)
  #version = 0

  /** The version of the last change that is in the roster. */
  get version(): number {
    return this.#version
  }

  get users(): number {
    return this.#connectionsByUser.size
  }

  /** Opens a cursor that returns what changed since this moment, user by user. */
  openCursor(): ChangeCursor<PresenceEntry> {
    return this.#changes.open()
  }

  /** Lists the connections that are present. */
  keys(): Iterable<string> {
    return this.#userByConnection.keys()
  }

  /** Takes the next change. */
  take({ changes, version }: Pick<MapChange, 'changes' | 'version'>): void {
    this.#version = version
    for (const change of changes) this.#change(change)
  }

  /** Returns one entry for each user present now. */
  entries(): PresenceEntry[] {
    return [...this.#connectionsByUser.keys()].flatMap((userId) => this.#report(userId) ?? [])
  }

  /** Returns the same as the text of a JSON array, in pieces that all callers share. */
  entriesText(): TextPieces {
    if (!this.#text) {
      this.#text = new GrowingText(',')
      for (const userId of this.#connectionsByUser.keys())
        this.#text.append(this.#entryText(userId))
    }
    return ['[', this.#text.bytes, ']']
  }

  /** Frees the texts when no reads are expected soon. */
  forgetText(): void {
    this.#text = undefined
    this.#texts.clear()
  }

  #change({ key, value }: KeyChange): void {
    const parsed = value === null ? undefined : parsePresence(value)
    const userId = parsed?.user_id ?? this.#userByConnection.get(key)
    if (userId === undefined) return
    this.#changes.willChange(userId)
    this.#texts.delete(userId)
    const isNew = !this.#connectionsByUser.has(userId)
    if (parsed) this.#set(key, parsed)
    else this.#delete(key, userId)
    if (isNew) this.#text?.append(this.#entryText(userId))
    else this.#text = undefined
  }

  #entryText(userId: string): string {
    let text = this.#texts.get(userId)
    if (text === undefined) {
      text = JSON.stringify(this.#report(userId))
      this.#texts.set(userId, text)
    }
    return text
  }

  #report(userId: string): PresenceEntry | undefined {
    const connections = this.#connectionsByUser.get(userId)
    return connections && reportUser(connections)
  }

  #set(connectionId: string, value: PresenceValue): void {
    this.#userByConnection.set(connectionId, value.user_id)
    const connections = this.#connectionsByUser.get(value.user_id)
    if (connections) connections.set(connectionId, value)
    else this.#connectionsByUser.set(value.user_id, new Map([[connectionId, value]]))
  }

  #delete(connectionId: string, userId: string): void {
    this.#userByConnection.delete(connectionId)
    const connections = this.#connectionsByUser.get(userId)
    connections?.delete(connectionId)
    if (connections?.size === 0) this.#connectionsByUser.delete(userId)
  }
}
