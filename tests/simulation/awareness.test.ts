import { type Client, createClient } from '@coterie/client'
import { createYjsProvider, readableCarets, type YjsProvider } from '@coterie/client/yjs/provider'
import { createMemoryEngine, RealtimeHub } from '@coterie/server'
import {
  FakeClock,
  nameAuthenticator,
  SeededRandom,
  SimulatedEnvironment,
  SimulatedNetwork,
} from '@coterie/testing'
import { expect, it, onTestFinished } from 'vitest'
import { Awareness } from 'y-protocols/awareness'
import { createRelativePositionFromTypeIndex, Doc } from 'yjs'
import { idleStore } from './idle-store.ts'

const EVENT = 'yjs:awareness'
const GRACE_MS = 5_000

interface Page {
  readonly client: Client
  readonly environment: SimulatedEnvironment
  readonly provider: YjsProvider
}

class World {
  readonly clock = new FakeClock()
  readonly hub: RealtimeHub
  readonly #random = new SeededRandom(1)
  readonly #network: SimulatedNetwork

  constructor(channel: object = { presence: true }) {
    this.#network = new SimulatedNetwork(this.clock, () => this.#random.below(40))
    this.hub = new RealtimeHub({
      store: idleStore,
      clock: this.clock,
      random: this.#random,
      engine: createMemoryEngine({ clock: this.clock, random: this.#random }),
      authenticator: nameAuthenticator,
      presence: { graceMs: GRACE_MS },
      channels: { 'document:*': { history: true, state: { persist: true }, ...channel } },
    })
    void this.hub.start()
  }

  connect(name: string): { client: Client; environment: SimulatedEnvironment } {
    const { clock } = this
    const environment = new SimulatedEnvironment(clock, this.#network, this.#random, () => this.hub)
    const client = createClient({ url: 'ws://simulated', token: name, environment })
    client.connect()
    onTestFinished(() => client.disconnect())
    return { client, environment }
  }

  open(name: string, awareness?: Awareness): Page {
    const { client, environment } = this.connect(name)
    const doc = awareness?.doc ?? new Doc()
    const given = awareness && { awareness }
    const provider = createYjsProvider({ client, channel: 'document:1', doc, ...given })
    provider.awareness.setLocalStateField('user', { name })
    onTestFinished(() => provider.awareness.destroy())
    onTestFinished(() => provider.destroy())
    return { client, environment, provider }
  }

  async openAll<Name extends string>(...names: Name[]): Promise<Record<Name, Page>> {
    const pages = Object.fromEntries(names.map((name) => [name, this.open(name)]))
    await this.clock.advance(3_000)
    return pages as Record<Name, Page>
  }
}

/** The names of all who show themselves to a page, its own among them. */
const seen = ({ provider }: Page): string[] =>
  [...provider.awareness.getStates().values()].map((state) => String(state.user?.name)).sort()

it('shows everybody to everybody, and all of them to a newcomer', async () => {
  const world = new World()
  const { ada, bob } = await world.openAll('ada', 'bob')
  expect([seen(ada), seen(bob)]).toEqual(Array(2).fill(['ada', 'bob']))
  const late = world.open('cleo')
  await world.clock.advance(1_500)
  expect([ada, bob, late].map(seen)).toEqual(Array(3).fill(['ada', 'bob', 'cleo']))
})

it('brings each new state to the others, and the newest of many that come at once', async () => {
  const world = new World()
  const { ada, bob } = await world.openAll('ada', 'bob')
  let frames = 0
  bob.client.channel('document:1').on(EVENT, () => {
    frames += 1
  })
  for (let index = 0; index < 500; index += 1) {
    ada.provider.awareness.setLocalStateField('cursor', { index })
    await world.clock.advance(2)
  }
  await world.clock.advance(500)
  const { clientID } = ada.provider.awareness
  expect(bob.provider.awareness.getStates().get(clientID)).toMatchObject({ cursor: { index: 499 } })
  expect(frames, 'ten a second').toBeLessThanOrEqual(12)
  const log = ada.client.channel('document:1').history()
  await world.clock.advance(200)
  expect((await log).events, 'nothing of it is logged').toEqual([])
})

it('takes away at once who destroys the provider, and who leaves the presence after a cut', async () => {
  const world = new World()
  const { ada, bob, cleo } = await world.openAll('ada', 'bob', 'cleo')
  bob.provider.destroy()
  await world.clock.advance(100)
  expect([seen(ada), seen(cleo)]).toEqual(Array(2).fill(['ada', 'cleo']))
  cleo.environment.cut()
  cleo.client.disconnect()
  await world.clock.advance(GRACE_MS + 1_000)
  expect(seen(ada)).toEqual(['ada'])
})

it('forgets the others while it is cut off, and finds them again', async () => {
  const world = new World()
  const { ada, bob } = await world.openAll('ada', 'bob')
  ada.client.disconnect()
  expect(seen(ada)).toEqual(['ada'])
  await world.clock.advance(GRACE_MS + 1_000)
  expect(seen(bob)).toEqual(['bob'])
  ada.client.connect()
  await world.clock.advance(3_000)
  expect([seen(ada), seen(bob)]).toEqual(Array(2).fill(['ada', 'bob']))
  bob.environment.cut()
  await world.clock.advance(3_000)
  expect([seen(ada), seen(bob)]).toEqual(Array(2).fill(['ada', 'bob']))
})

it('works in a channel without presence', async () => {
  const world = new World({ presence: false })
  const { ada, bob } = await world.openAll('ada', 'bob')
  expect([seen(ada), seen(bob)]).toEqual(Array(2).fill(['ada', 'bob']))
  bob.provider.destroy()
  await world.clock.advance(100)
  expect(seen(ada)).toEqual(['ada'])
  expect(ada.provider.isSynced()).toBe(true)
})

it('takes the awareness of the application, and leaves it to it', async () => {
  const world = new World()
  const { ada } = await world.openAll('ada')
  const awareness = new Awareness(new Doc())
  const own = world.open('bob', awareness)
  await world.clock.advance(2_000)
  expect(seen(ada)).toEqual(['ada', 'bob'])
  own.provider.destroy()
  await world.clock.advance(100)
  expect(seen(ada)).toEqual(['ada'])
  expect(awareness.getLocalState()).toMatchObject({ user: { name: 'bob' } })
  const again = createYjsProvider({
    client: own.client,
    channel: 'document:1',
    doc: awareness.doc,
    awareness,
  })
  await world.clock.advance(2_000)
  expect(seen(ada)).toEqual(['ada', 'bob'])
  again.destroy()
})

it('is one for all providers of a document, and shown again after the last has ended', async () => {
  const world = new World()
  const { ada, bob } = await world.openAll('ada', 'bob')
  const { client, provider } = bob
  const create = () => createYjsProvider({ client, channel: 'document:1', doc: provider.doc })
  const second = create()
  expect(second.awareness).toBe(provider.awareness)
  provider.destroy()
  await world.clock.advance(1_000)
  expect(seen(ada)).toEqual(['ada', 'bob'])
  for (let index = 0; index < 50; index += 1) {
    second.awareness.setLocalStateField('cursor', { index })
  }
  second.destroy()
  await world.clock.advance(1_000)
  expect(seen(ada)).toEqual(['ada'])
  const third = create()
  third.awareness.setLocalStateField('user', { name: 'bob again' })
  await world.clock.advance(2_000)
  expect(seen(ada)).toEqual(['ada', 'bob again'])
  third.destroy()
})

it('tells its listeners as other providers do', async () => {
  const world = new World()
  const heard: unknown[] = []
  const { provider, client } = world.open('ada')
  provider.on('sync', (isSynced) => heard.push(isSynced))
  provider.on('status', ({ status }) => heard.push(status))
  await world.clock.advance(2_000)
  expect(heard).toContain(true)
  expect(heard).toContain('connected')
  client.disconnect()
  expect(heard.slice(-2)).toContain('disconnected')
  expect(provider.doc).toBe(provider.awareness.doc)
})

it('lets nobody speak for another, nor for itself too much', async () => {
  const world = new World()
  const { ada, bob } = await world.openAll('ada', 'bob')
  const eve = world.connect('eve').client.channel('document:1')
  void eve.subscribe()
  await world.clock.advance(500)
  const [own, others] = [ada.provider.awareness.clientID, bob.provider.awareness.clientID]
  const claims = [
    [own, 9_999, { user: { name: 'not ada' } }],
    [others, 9_999, { user: { name: 'not bob' } }],
    [others, 9_999, null],
    [own, 9_999, null],
    [7, 1, { user: { name: 'x'.repeat(9_000) } }],
    [8, 1, 'no object'],
    [-1, 1, {}],
    [9, 1.5, {}],
    ['10', 1, {}],
    'nothing',
    null,
  ]
  for (const claim of claims) {
    void eve.publish(EVENT, { clients: [claim] }, { volatile: true })
    await world.clock.advance(50)
  }
  for (const payload of [
    null,
    5,
    { clients: 5 },
    { clients: claims },
    { ask: {} },
    [],
  ] as never[]) {
    void eve.publish(EVENT, payload, { volatile: true })
    await world.clock.advance(50)
  }
  expect([seen(ada), seen(bob)]).toEqual(Array(2).fill(['ada', 'bob']))
  for (let id = 100; id < 300; id += 1) {
    const clients = [[id, 1, { user: { name: 'eve' } }]]
    void eve.publish(EVENT, { clients }, { volatile: true })
    await world.clock.advance(50)
  }
  expect(
    seen(ada).filter((name) => name === 'eve'),
    'one connection',
  ).toHaveLength(8)
  ada.provider.awareness.setLocalStateField('cursor', { index: 1 })
  await world.clock.advance(500)
  expect(bob.provider.awareness.getStates().get(own)).toMatchObject({ cursor: { index: 1 } })
  expect([...ada.environment.errors, ...bob.environment.errors]).toEqual([])
  eve.unsubscribe()
})

it('shows no state that editors cannot read, where that is asked for', async () => {
  const doc = new Doc()
  doc.getText('text').insert(0, 'some text')
  const accepts = readableCarets(doc)
  const place = createRelativePositionFromTypeIndex(doc.getText('text'), 3)
  const end = createRelativePositionFromTypeIndex(doc.getText('text'), 9)
  const [anchor, head] = [place, end].map((each) => JSON.parse(JSON.stringify(each)) as object)
  for (const state of [
    {},
    { user: { name: 'Ada', color: '#2563eb' } },
    { user: { name: 'Ada', color: 'oklch(0.5 0.1 20)' }, cursor: null },
    { user: null, cursor: { anchor, head } },
    { cursor: { anchor: head, head: head }, other: { x: 1 } },
  ]) {
    expect(accepts(state), JSON.stringify(state)).toBe(true)
  }
  for (const state of [
    { user: 'Ada' },
    { user: { name: 5 } },
    { user: { name: 'Ada', color: 'red;background:url(//evil)' } },
    { user: { name: 'Ada', color: 7 } },
    { cursor: 5 },
    { cursor: {} },
    { cursor: { anchor } },
    { cursor: { anchor, head: {} } },
    { cursor: { anchor, head: { tname: 'a type that is not there' } } },
    { cursor: { anchor, head: { item: { client: -1, clock: 0 } } } },
    { cursor: { anchor, head: { type: 'x' } } },
    { cursor: { anchor, head: { item: { client: 1, clock: 1.5 } } } },
  ]) {
    expect(accepts(state), JSON.stringify(state)).toBe(false)
  }
  expect([...doc.share.keys()], 'it makes nothing of what it is asked').toEqual(['text'])
})

it('keeps a client id reserved for its owner after the owner has left', async () => {
  const world = new World()
  const { ada, bob } = await world.openAll('ada', 'bob')
  const eve = world.connect('eve').client.channel('document:1')
  void eve.subscribe()
  bob.client.disconnect()
  await world.clock.advance(GRACE_MS + 1_000)
  const claim = [bob.provider.awareness.clientID, 99, { user: { name: 'not bob' } }]
  void eve.publish(EVENT, { clients: [claim] }, { volatile: true })
  await world.clock.advance(500)
  expect(seen(ada)).toEqual(['ada'])
  bob.client.connect()
  await world.clock.advance(3_000)
  expect(seen(ada)).toEqual(['ada', 'bob'])
})

it('answers many who come at once with one state', async () => {
  const world = new World()
  const { ada } = await world.openAll('ada')
  const { clientID } = ada.provider.awareness
  let sent = 0
  const observer = world.connect('observer').client.channel('document:1')
  observer.on(EVENT, ({ payload }) => {
    const { clients } = payload as { clients: [number][] }
    sent += Number(clients[0]?.[0] === clientID)
  })
  void observer.subscribe()
  await world.clock.advance(200)
  const pages = Array.from({ length: 20 }, (_, index) => world.open(`user-${index}`))
  await world.clock.advance(4_000)
  expect(pages.map((page) => seen(page).length)).toEqual(pages.map(() => 21))
  expect(sent).toBeLessThanOrEqual(8)
})
