import {
  type PresenceState,
  type RealtimeError,
  type RoomMembership,
  type RoomPresence,
  type User,
  usePresence,
  useRoom,
  type WebSocketClient,
} from '@coterie/client'
import { createYjsProvider, readableCarets, type YjsProvider } from '@coterie/client/yjs/provider'
import { Doc } from 'yjs'
import { OwnColor, readWriters, type Writer } from './carets.ts'
import { TEXT } from './editor.ts'
import type { SaveProgress } from './save-status.ts'
import { UnsentCopy } from './unsent-copy.ts'

/** Which document to open, and what to do when something happens to it. */
export interface OpenDocumentOptions {
  readonly client: WebSocketClient
  readonly name: string
  readonly user: User & { readonly name: string }
  /** Called after each change of the document, of the people or of the connection. */
  onChange(): void
}

/** A document as one person writes it, and who else has it open. */
export class OpenDocument {
  readonly user: OpenDocumentOptions['user']
  readonly provider: YjsProvider
  readonly #client: WebSocketClient
  readonly #room: RoomMembership
  readonly #presence: RoomPresence<object>
  readonly #copy: UnsentCopy
  #isOpened = false
  #hasUnsent = false

  constructor({ client, name, user, onChange }: OpenDocumentOptions) {
    this.user = user
    this.#client = client
    this.#copy = new UnsentCopy(name)
    const doc = new Doc()
    // Known before anybody's caret is to be found in it.
    doc.getXmlFragment(TEXT)
    this.#hasUnsent = this.#copy.restore(doc)
    const room = `text:${name}`
    this.#presence = usePresence<object>({ client, room, user })
    this.#room = useRoom({ client, roomId: room, user })
    this.provider = createYjsProvider({
      client: client.connection,
      channel: `room:${room}`,
      doc,
      acceptState: readableCarets(doc),
    })
    const { awareness, isSynced, error } = this.provider
    new OwnColor(awareness, { id: user.id, name: user.name })
    doc.on('update', (_, __, ___, { local }) => {
      if (!local) return
      this.#hasUnsent = true
      onChange()
    })
    isSynced.subscribe(() => {
      this.#synced()
      onChange()
    })
    awareness.on('change', onChange)
    for (const source of [this.#presence.others, this.#room.error, this.#room.isJoined, error]) {
      source.subscribe(onChange)
    }
    client.status.subscribe(onChange)
    this.#room.join()
  }

  /** True once the document was there. */
  get isOpened(): boolean {
    return this.#isOpened
  }

  get progress(): SaveProgress {
    const { isSynced, error } = this.provider
    return {
      isConnected: this.#client.status() === 'connected',
      isOpened: this.#isOpened,
      isSynced: isSynced(),
      hasUnsent: this.#hasUnsent,
      isRefused: error() !== null,
    }
  }

  /** Why the document could not be opened. */
  get refusal(): RealtimeError | null {
    return this.#room.error()
  }

  /** Why what was written is not saved. */
  get problem(): RealtimeError | null {
    return this.provider.error()
  }

  get others(): readonly PresenceState<object>[] {
    return this.#presence.others()
  }

  /** Who shows themselves in the text, by user. */
  get writers(): ReadonlyMap<string, Writer> {
    return readWriters(this.provider.awareness)
  }

  /** Keeps over a reload what the server is not known to have. */
  keepUnsent(): void {
    this.#copy.keep(this.#hasUnsent ? this.provider.doc : undefined)
  }

  #synced(): void {
    if (!this.provider.isSynced()) return
    this.#isOpened = true
    this.#hasUnsent = false
    this.#copy.keep(undefined)
  }
}
