import {
  type Channel,
  type ChannelUse,
  type RoomMembership,
  useRoom,
  WebSocketClient,
} from '@coterie/client'
import { bindYjs, type YjsBinding } from '@coterie/client/yjs'
import { createMemoryEngine, RealtimeError, RealtimeHub } from '@coterie/server'
import {
  FakeClock,
  nameAuthenticator,
  SeededRandom,
  SimulatedEnvironment,
  SimulatedNetwork,
} from '@coterie/testing'
import {
  applyUpdate,
  Doc,
  encodeStateAsUpdate,
  encodeStateVector,
  snapshot,
  snapshotContainsUpdate,
} from 'yjs'
import { idleStore } from './idle-store.ts'

const ROOM = 'plans'
export const CHANNEL = `room:${ROOM}`
export const HISTORY_EVENTS = 400
export const HISTORY_TTL_MS = 3_600_000
export const SNAPSHOT_EVERY = 10
/** So small that what is pasted needs many frames. */
const FRAME_BYTES = 4_096
const PASTED_CHARACTERS = 9_000
const FLOOD = 12

/** How the server refuses an update. */
export type Refusal =
  | 'forbidden'
  | 'too_large'
  | 'internal'
  | 'timeout'
  | 'rate_limited'
  | 'unavailable'

/** A user with a document, which a page binds, and other parts of that page. */
export class Editor {
  readonly doc: Doc
  readonly environment: SimulatedEnvironment
  readonly page: WebSocketClient
  readonly channel: Channel
  readonly heard: string[] = []
  readonly #room: RoomMembership
  #bindings: YjsBinding[] = []
  #uses: ChannelUse[] = []
  #isSubscribed = false

  constructor(world: YjsWorld, name: string, isRoomFirst: boolean) {
    this.doc = world.createDoc()
    this.environment = world.createEnvironment()
    this.page = new WebSocketClient({
      url: 'ws://simulated',
      token: name,
      environment: this.environment,
    })
    this.page.on('hello', ({ text }) => this.heard.push(String(text)))
    this.channel = this.page.connection.channel(CHANNEL)
    this.#room = useRoom({ client: this.page, roomId: ROOM, user: { id: name, name } })
    if (isRoomFirst) this.#room.join()
    this.bind()
    this.page.connect()
  }

  /** The first binding; all of one document say the same. */
  get binding(): YjsBinding | undefined {
    return this.#bindings[0]
  }

  get text(): string {
    return this.doc.getText('content').toString()
  }

  get isInRoom(): boolean {
    return this.#room.isJoined()
  }

  bind(): void {
    const { connection: client } = this.page
    const { doc } = this
    this.#bindings.push(bindYjs({ client, channel: CHANNEL, doc, snapshotEvery: SNAPSHOT_EVERY }))
  }

  /** Destroys a binding, twice, and binds again where it was the only one. */
  unbind(): void {
    const binding = this.#bindings.shift()
    binding?.destroy()
    binding?.destroy()
    if (this.#bindings.length === 0) this.bind()
  }

  enter(): void {
    this.#room.join()
  }

  leave(): void {
    this.#room.leave()
  }

  subscribe(): void {
    this.#isSubscribed = true
    this.channel.subscribe().catch(() => {})
  }

  unsubscribe(): void {
    if (this.#isSubscribed) void this.channel.unsubscribe()
    this.#isSubscribed = false
  }

  use(): void {
    this.#uses.push(this.channel.use({ recent: 3, presence: 'follow' }))
    this.#uses.at(-1)?.joined.catch(() => {})
  }

  release(): void {
    const use = this.#uses.shift()
    void use?.release()
    void use?.release()
  }

  /** Says something in the room, for the other page to hear. */
  sayHello(text: string): void {
    this.#room.broadcast('hello', { text }).catch(() => {})
  }

  /** Publishes what is of no document, so that updates wait behind it. */
  flood(): void {
    for (let n = 0; n < FLOOD; n += 1) this.channel.publish('flood', n).catch(() => {})
  }

  close(): void {
    for (const binding of this.#bindings) binding.destroy()
    this.page.disconnect()
  }
}

/** What the hub was given of a document, in parts. */
class Published {
  readonly doc = new Doc()
  readonly #parts = new Map<string, string[]>()

  take(payload: unknown): void {
    const { id, parts, data } = payload as { id: string; parts: number; data: string }
    const texts = [...(this.#parts.get(id) ?? []), data]
    this.#parts.set(id, texts)
    if (texts.length === parts) applyUpdate(this.doc, Buffer.from(texts.join(''), 'base64'))
  }

  holds(doc: Doc): boolean {
    const unknown = encodeStateAsUpdate(doc, encodeStateVector(this.doc))
    return snapshotContainsUpdate(snapshot(this.doc), unknown)
  }
}

/** One hub, whose log may be lost, and editors of one document. */
export class YjsWorld {
  readonly clock = new FakeClock()
  readonly editors: Editor[] = []
  readonly #random: SeededRandom
  readonly #clientIds: SeededRandom
  readonly #network: SimulatedNetwork
  #hub: RealtimeHub | undefined
  #refusal: Refusal | undefined
  #published = new Published()

  constructor(seed: number) {
    const random = new SeededRandom(seed)
    this.#random = random
    this.#clientIds = new SeededRandom(seed + 1)
    this.#network = new SimulatedNetwork(this.clock, () => random.below(40))
    this.#hub = this.#start()
  }

  createEnvironment(): SimulatedEnvironment {
    return new SimulatedEnvironment(this.clock, this.#network, this.#random, () => this.#hub)
  }

  /** Makes a document whose id follows from the seed: Yjs draws it by chance. */
  createDoc(): Doc {
    const doc = new Doc()
    doc.clientID = this.#clientIds.below(2 ** 32)
    return doc
  }

  open(isRoomFirst = false): Editor {
    const editor = new Editor(this, `user-${this.editors.length}`, isRoomFirst)
    this.editors.push(editor)
    return editor
  }

  write({ doc }: Editor, text: string): void {
    const content = doc.getText('content')
    content.insert(this.#random.below(content.length + 1), text)
  }

  erase({ doc }: Editor): void {
    const content = doc.getText('content')
    if (content.length > 0) content.delete(this.#random.below(content.length), 1)
  }

  paste(editor: Editor): void {
    this.write(editor, `${editor.doc.clientID} `.repeat(PASTED_CHARACTERS / 11))
  }

  /** Tells whether the hub was given all that an editor has. */
  holds({ doc }: Editor): boolean {
    return this.#published.holds(doc)
  }

  /** Refuses what is published from now on; undefined takes it. */
  refuse(refusal: Refusal | undefined): void {
    this.#refusal = refusal
  }

  /** Stops the hub and starts one that remembers nothing. */
  async restart(): Promise<void> {
    const stopped = this.#hub?.close()
    this.#hub = undefined
    await this.clock.advance(4_000)
    await stopped
    this.#published = new Published()
    this.#hub = this.#start()
  }

  /** Returns the keys of the channel's shared state. */
  async stateKeys(): Promise<readonly string[]> {
    const state = await this.#hub?.state.read(CHANNEL)
    return state?.ok ? Object.keys(state.value.value) : []
  }

  close(): void {
    for (const editor of this.editors) editor.close()
  }

  #start(): RealtimeHub {
    const { clock } = this
    const hub = new RealtimeHub({
      store: idleStore,
      clock,
      random: this.#random,
      engine: createMemoryEngine({ clock, random: this.#random }),
      authenticator: nameAuthenticator,
      limits: { frameBytes: FRAME_BYTES },
      channels: {
        'chat:*': { history: true },
        'room:*': {
          history: { size: HISTORY_EVENTS, ttlMs: HISTORY_TTL_MS },
          presence: true,
          state: { persist: true },
        },
      },
    })
    hub.trigger(CHANNEL, 'yjs:update', ({ input }) => {
      if (this.#refusal) throw new RealtimeError(this.#refusal, 'refused for a while')
      this.#published.take(input)
    })
    void hub.start()
    return hub
  }
}
