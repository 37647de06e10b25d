import {
  type PresenceState,
  type RealtimeError,
  type RoomMembership,
  type RoomPresence,
  type RoomState,
  type User,
  usePresence,
  useRoom,
  useSharedState,
  type WebSocketClient,
} from '@coterie/client'
import { Drafts } from './drafts.ts'
import {
  type DocumentState,
  EMPTY_DOCUMENT,
  FIRST_PARAGRAPH,
  type Paragraph,
  readParagraph,
  readText,
} from './paragraph.ts'
import {
  joinParagraph,
  type ParagraphEdit,
  pasteLines,
  type Selected,
  splitParagraph,
} from './paragraph-edits.ts'
import { Unconfirmed } from './unconfirmed.ts'
import type { UnsavedTexts } from './unsaved.ts'
import { withDrafts } from './with-drafts.ts'

const DRAFT_DELAY_MS = 150
const PRESENCE_INTERVAL_MS = 200

/** Stands for the title where a paragraph's id stands; no paragraph has an empty one. */
export const TITLE = ''

/** What somebody shows of themselves: where they write. */
export interface WriterPlace {
  readonly paragraphId: string | null
}

/** Which document to open, and what to do when something happens to it. */
export interface OpenDocumentOptions {
  readonly client: WebSocketClient
  readonly name: string
  readonly user: User & { readonly name: string }
  /** What was left over when the document was closed last. */
  readonly unsaved: UnsavedTexts
  /** Called after each change of the document, of the people or of the connection. */
  onChange(): void
  /** Called when the server refuses a change, which is then taken back. */
  onRefused(error: RealtimeError): void
}

/** A document as one person writes it: what all share, and what was typed on top of it. */
export class OpenDocument {
  readonly name: string
  readonly user: OpenDocumentOptions['user']
  readonly #client: WebSocketClient
  readonly #state: RoomState<DocumentState>
  readonly #presence: RoomPresence<WriterPlace>
  readonly #room: RoomMembership
  readonly #drafts = new Drafts(DRAFT_DELAY_MS, () => this.flush())
  readonly #onChange: () => void
  readonly #onRefused: (error: RealtimeError) => void
  readonly #editing: { readonly editor: string; createId(): string }
  readonly #unconfirmed = new Unconfirmed()
  #unsaved: UnsavedTexts
  #shown: readonly Paragraph[] = []
  #isOpened = false
  #isChanging = false

  constructor({ client, name, user, unsaved, onChange, onRefused }: OpenDocumentOptions) {
    this.name = name
    this.user = user
    this.#client = client
    this.#unsaved = unsaved
    this.#onChange = onChange
    this.#onRefused = onRefused
    this.#editing = { editor: user.name, createId: () => crypto.randomUUID() }
    const room = `document:${name}`
    this.#state = useSharedState({ client, room, initialState: EMPTY_DOCUMENT })
    this.#presence = usePresence<WriterPlace>({
      client,
      room,
      user,
      initialData: { paragraphId: null },
      syncInterval: PRESENCE_INTERVAL_MS,
    })
    this.#room = useRoom({ client, roomId: room, user })
    const { state, version, pending } = this.#state
    for (const source of [state, version, pending, this.#presence.others, this.#room.error]) {
      source.subscribe(() => this.#changed())
    }
    this.#room.isJoined.subscribe(() => this.#joined())
    client.status.subscribe(() => this.#changed())
    this.#room.join()
  }

  /** True once the document was there. */
  get isOpened(): boolean {
    return this.#isOpened
  }

  get isConnected(): boolean {
    return this.#client.status() === 'connected' && this.#room.isJoined()
  }

  /** Why the document could not be opened. */
  get refusal(): RealtimeError | null {
    return this.#room.error()
  }

  get title(): string {
    return this.#ownTexts.get(TITLE) ?? readText(this.#state.get('title'))
  }

  /** The paragraphs, with what is typed and not sent yet. */
  get paragraphs(): readonly Paragraph[] {
    const shared = this.#state.get('paragraphs').map(readParagraph)
    const paragraphs = withDrafts(shared, this.#shown, {
      texts: this.#ownTexts,
      editor: this.user.name,
    })
    // Two who join paragraphs at once can leave none.
    this.#shown = paragraphs.length > 0 ? paragraphs : [FIRST_PARAGRAPH]
    return this.#shown
  }

  get lastEditor(): string {
    return readText(this.#state.get('lastEditor'))
  }

  get version(): number {
    return this.#state.version()
  }

  /** Changes that the server has not confirmed. */
  get waiting(): number {
    return this.#state.pending() + this.#drafts.size
  }

  /** What would be lost with the page. */
  get unsaved(): UnsavedTexts {
    if (!this.#isOpened) return this.#unsaved
    return { texts: [...this.#ownTexts], paragraphs: this.paragraphs }
  }

  get others(): readonly PresenceState<WriterPlace>[] {
    return this.#presence.others()
  }

  /** Shows everybody where this person writes. */
  showPlace(paragraphId: string | null): void {
    this.#presence.updatePresence({ paragraphId })
  }

  /** Takes a text that somebody types; it is sent soon. */
  type(id: string, text: string): void {
    this.#drafts.put(id, text)
    this.#changed()
  }

  /** Splits a paragraph where the caret is. */
  split(selected: Selected): ParagraphEdit | undefined {
    return this.#rearrange(splitParagraph(this.paragraphs, selected, this.#editing))
  }

  /** Joins a paragraph to the one before. */
  join(paragraphId: string): ParagraphEdit | undefined {
    return this.#rearrange(joinParagraph(this.paragraphs, paragraphId, this.#editing))
  }

  /** Puts lines in place of what is selected. */
  paste(selected: Selected, lines: readonly string[]): ParagraphEdit | undefined {
    return this.#rearrange(pasteLines(this.paragraphs, selected, lines, this.#editing))
  }

  /** Sends what was typed. Without a connection only the newest text is worth keeping. */
  flush(): void {
    if (!this.isConnected || this.#drafts.size === 0) return
    this.#change(() => {
      for (const [id, text] of [...this.#drafts.texts]) {
        // Sent first: whoever looks meanwhile sees the same text throughout.
        this.#send(id, text)
        this.#drafts.remove(id)
      }
      this.#sign()
    })
  }

  #send(id: string, text: string): void {
    const sent = id === TITLE ? this.#state.set('title', text) : this.#sendParagraph(id, text)
    this.#watch(sent, new Map([[id, text]]))
  }

  #sendParagraph(id: string, text: string): Promise<number> {
    const list = this.#state.list('paragraphs')
    const editor = this.user.name
    if (list.items().some((paragraph) => paragraph.id === id)) {
      return list.update(id, { text, editor })
    }
    // Somebody took it away meanwhile: what was written in it is not lost.
    const index = this.paragraphs.findIndex((paragraph) => paragraph.id === id)
    return list.insert({ id, text, editor }, Math.max(0, index))
  }

  #sign(): void {
    const { name } = this.user
    if (this.lastEditor !== name) this.#watch(this.#state.set('lastEditor', name))
  }

  // All of it in one change, so that nobody sees half of a text twice or not at all.
  #rearrange(edit: ParagraphEdit | undefined): ParagraphEdit | undefined {
    if (!edit) return undefined
    this.#change(() => {
      const { paragraphs } = edit
      const kept = new Set(paragraphs.map(({ id }) => id))
      for (const { id } of this.paragraphs) if (!kept.has(id)) this.#unconfirmed.remove(id)
      const before = new Set(this.#state.get('paragraphs').map(({ id, text }) => `${id} ${text}`))
      const changed = paragraphs.filter(({ id, text }) => !before.has(`${id} ${text}`))
      this.#watch(
        this.#state.merge({ paragraphs, lastEditor: this.user.name }),
        new Map(changed.map(({ id, text }) => [id, text])),
      )
      for (const id of [...this.#drafts.texts.keys()]) {
        if (id !== TITLE) this.#drafts.remove(id)
      }
    })
    return edit
  }

  #watch(change: Promise<number>, texts: ReadonlyMap<string, string> = new Map()): void {
    const [confirm, drop] = this.#unconfirmed.add(texts)
    const confirmed = (version: number): void => {
      confirm(version)
      this.#changed()
    }
    change.then(confirmed, (error: RealtimeError) => {
      // What waits when the person leaves is given up with everything else.
      if (error.code === 'unavailable') return
      drop()
      this.#changed()
      this.#onRefused(error)
    })
  }

  // An answer may overtake the change that it speaks of, and then the shared text is still the old.
  get #ownTexts(): ReadonlyMap<string, string> {
    return new Map([...this.#unconfirmed.texts, ...this.#drafts.texts])
  }

  #change(change: () => void): void {
    this.#isChanging = true
    try {
      change()
    } finally {
      this.#isChanging = false
    }
    this.#changed()
  }

  #joined(): void {
    if (!this.#isOpened && this.#room.isJoined()) this.#open()
    this.flush()
    this.#changed()
  }

  #open(): void {
    const { texts, paragraphs } = this.#unsaved
    this.#isOpened = true
    this.#shown = paragraphs
    for (const [id, text] of texts) this.#drafts.put(id, text)
  }

  #changed(): void {
    this.#unconfirmed.reached(this.version)
    if (!this.#isChanging) this.#onChange()
  }
}
