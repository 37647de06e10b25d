import {
  type Channel,
  type RoomMembership,
  type UseRoomOptions,
  useRoom,
  WebSocketClient,
} from '@coterie/client'
import { bindYjs, type YjsBinding } from '@coterie/client/yjs'
import fc from 'fast-check'
import { Doc } from 'yjs'
import { differences } from '../oracles/differences.ts'
import { defineModel } from '../runner/model.ts'
import { BREAKS, type Break, kind, wait } from '../worlds/network-steps.ts'
import { scheduleOf } from '../worlds/schedule-of.ts'
import { type Outside, SimulatedWorld } from '../worlds/simulated-world.ts'

const ROOM = 'doc'
const CHANNEL = `room:${ROOM}`
/** Less than is written, so that nobody can read the log from its beginning. */
const HISTORY_EVENTS = 60
const SNAPSHOT_EVERY = 5
const EDITORS = 2
/** So much that its snapshot does not fit into the state. */
const PASTED_CHARACTERS = 120_000
const QUIET_MS = 120_000
/** What the network and the client's own end may cost an update for a while. */
const PASSING = ['unavailable', 'timeout', 'limit_exceeded']

type EditorStep =
  | 'write'
  | 'paste'
  | 'erase'
  | 'bind'
  | 'unbind'
  | 'enter'
  | 'leave'
  | 'subscribe'
  | 'unsubscribe'
  | 'disconnect'
  | 'connect'

type Step =
  | { readonly kind: EditorStep | Break; readonly editor: number }
  /** All write at once, for a while, and now and then one of them is cut off. */
  | { readonly kind: 'type'; readonly count: number; readonly pauseMs: number }
  | { readonly kind: 'wait'; readonly ms: number }

const on = <Kind extends string>(...kinds: readonly Kind[]) =>
  fc.record({ kind: fc.constantFrom(...kinds), editor: fc.nat(EDITORS - 1) })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: on('write') },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('type'),
      count: fc.integer({ min: 1, max: 20 }),
      pauseMs: fc.nat(100),
    }),
  },
  { weight: 1, arbitrary: on('paste') },
  { weight: 2, arbitrary: on('erase') },
  { weight: 3, arbitrary: on('bind') },
  { weight: 3, arbitrary: on('enter') },
  { weight: 4, arbitrary: on('unbind', 'leave', 'subscribe', 'unsubscribe') },
  { weight: 2, arbitrary: on('disconnect') },
  { weight: 3, arbitrary: on('connect') },
  { weight: 3, arbitrary: on(...BREAKS) },
  { weight: 8, arbitrary: wait(2_000) },
)

/** One who edits, and may take part in the room by other ways too. */
class Editor {
  readonly doc = new Doc()
  readonly heard: string[] = []
  readonly faults: string[] = []
  readonly environment: Outside['environment']
  readonly client: WebSocketClient
  binding: YjsBinding | undefined
  room: RoomMembership | undefined
  readonly #name: string
  #isSubscribed = false

  constructor(name: string, clientId: number, { environment }: Outside) {
    // By chance otherwise, and it decides whose letter comes first.
    this.doc.clientID = clientId
    this.#name = name
    this.environment = environment
    this.client = new WebSocketClient({ url: 'ws://simulated', token: name, environment })
    this.client.on('notice', (text) => this.heard.push(String(text)))
    this.client.connect()
  }

  get text(): string {
    return this.doc.getText('content').toString()
  }

  perform(what: EditorStep | Break, at: number): void {
    const content = this.doc.getText('content')
    switch (what) {
      case 'write':
        content.insert(at % (content.length + 1), this.#name)
        break
      case 'paste':
        content.insert(at % (content.length + 1), this.#name.repeat(PASTED_CHARACTERS))
        break
      case 'erase':
        content.delete(0, Math.min(1, content.length))
        break
      case 'bind':
        this.bind()
        break
      case 'unbind':
        this.binding?.destroy()
        this.binding = undefined
        break
      case 'enter':
        this.#enter()
        break
      case 'leave':
        this.room?.leave()
        this.room = undefined
        break
      case 'subscribe':
        if (!this.#isSubscribed) this.#channel.subscribe().catch(() => {})
        this.#isSubscribed = true
        break
      case 'unsubscribe':
        if (this.#isSubscribed) void this.#channel.unsubscribe()
        this.#isSubscribed = false
        break
      case 'disconnect':
      case 'connect':
        this.client[what]()
        break
      default:
        this.environment[what]()
    }
  }

  get #channel(): Channel {
    return this.client.connection.channel(CHANNEL)
  }

  bind(): void {
    if (this.binding) return
    const { doc, client } = this
    const binding = bindYjs({
      client: client.connection,
      channel: CHANNEL,
      doc,
      snapshotEvery: SNAPSHOT_EVERY,
    })
    binding.error.subscribe((error) => {
      if (error && !PASSING.includes(error.code)) {
        this.faults.push(`${this.#name}'s binding failed: ${error.code} ${error.message}`)
      }
    })
    this.binding = binding
  }

  #enter(): void {
    if (this.room) return
    const user: UseRoomOptions['user'] = { id: this.#name, name: this.#name }
    this.room = useRoom({ client: this.client, roomId: ROOM, user })
    this.room.join()
  }
}

class World extends SimulatedWorld {
  readonly editors: Editor[] = []

  constructor(seed: number) {
    super(seed, {
      hub: {
        channels: {
          'room:*': {
            history: { size: HISTORY_EVENTS, ttlMs: 3_600_000 },
            presence: true,
            state: { persist: true },
          },
        },
      },
    })
  }

  enter(name: string): Editor {
    const editor = new Editor(name, this.random.below(2 ** 31), this.outside(0))
    this.editors.push(editor)
    return editor
  }

  /** Lets all write at once, letter by letter. */
  async type(count: number, pauseMs: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      for (const editor of this.editors) {
        editor.perform('write', this.random.below(1_000))
        if (this.random.below(10) === 0) editor.environment.cut()
      }
      await this.clock.advance(pauseMs)
    }
  }

  /** Lets everything come to rest, with everybody bound, and judges what they have. */
  async finish(): Promise<string[]> {
    for (const editor of this.editors) {
      editor.client.connect()
      editor.bind()
    }
    await this.clock.advance(QUIET_MS)
    const inRoom = this.editors.filter(({ room }) => room)
    for (const [index, { room }] of inRoom.entries()) {
      room?.broadcast('notice', String(index)).catch(() => {})
    }
    const late = this.enter('c')
    late.bind()
    await this.clock.advance(QUIET_MS)
    const notices = inRoom.map((_, index) => String(index))
    const [first] = this.editors
    return this.editors.flatMap((editor, index) => [
      ...editor.faults,
      ...differences(`the text of ${index} is`, editor.text, first?.text),
      ...differences(`${index} is synced:`, editor.binding?.isSynced(), true),
      ...(editor.room
        ? [
            ...differences(`the room of ${index} is open:`, editor.room.room() !== null, true),
            ...differences(`${index} heard`, editor.heard.toSorted(), notices),
          ]
        : []),
    ])
  }

  close(): void {
    for (const { client } of this.editors) client.disconnect()
  }
}

export const yjsRooms = defineModel({
  name: 'yjs-rooms',
  promise: 'brings all who edit to one text, whatever else they do in its room',
  defaultSchedules: 60,
  schedule: scheduleOf(step, 60),
  async run(steps: readonly Step[], seed) {
    const world = new World(seed)
    for (const name of ['a', 'b']) {
      const editor = world.enter(name)
      if (world.random.below(2) === 0) editor.bind()
    }
    await world.clock.advance(500)
    for (const each of steps) {
      if (each.kind === 'wait') await world.clock.advance(each.ms)
      else if (each.kind === 'type') await world.type(each.count, each.pauseMs)
      else world.editors[each.editor]?.perform(each.kind, world.random.below(1_000))
    }
    const faults = await world.finish()
    world.close()
    return [...faults, ...world.end()]
  },
})
