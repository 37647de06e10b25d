import {
  type Channel,
  type ChannelUse,
  type Client,
  createInbox,
  createSharedDocument,
  createSharedList,
  type Inbox,
  type Presence,
  type RoomBroadcast,
  type RoomMembership,
  type RoomState,
  type SharedDocument,
  type SharedList,
  type SharedRoom,
  type SharedState,
  type UserInbox,
  useBroadcast,
  useInbox,
  useRoom,
  useSharedState,
  type WebSocketClient,
} from '@coterie/client'

/** Where a client stands when it disconnects. */
export const STATES = [
  'idle',
  'connecting',
  'connected',
  'joining',
  'joined',
  'reconnecting',
  'refused',
  'disconnected',
] as const

export const TRANSPORTS = ['websocket', 'sse'] as const

/** The methods of a type that return a promise: one that is new has to be called here. */
type Calls<Type> = {
  [Name in keyof Type as Type[Name] extends (...given: never[]) => Promise<unknown>
    ? Name
    : never]: () => unknown
}

interface Item {
  readonly id: string
  readonly text: string
}

/** Calls all that returns a promise, and waits for nothing. */
export function callEverything(hooks: WebSocketClient): void {
  const client = hooks.connection
  const channel = client.channel('room:1', { presence: true, state: true })
  const document = createSharedDocument(channel.state, { items: [] as Item[], title: '' })
  const list = createSharedList<Item>(channel.state, 'items')
  const use = channel.use({ presence: true })
  const shared = useSharedState({ client: hooks, room: '1', initialState: { title: '' } })
  const room = useRoom({ client: hooks, roomId: '1', user: { id: 'ada' } })
  room.join()
  const broadcast = useBroadcast<string>({ client: hooks, room: '1', channel: 'notices' })
  const all = [
    callsOfChannel(channel),
    { update: () => channel.presence.update({ status: 'away' }) } satisfies Calls<Presence>,
    callsOfState(channel.state),
    callsOfDocument(document),
    callsOfList(list),
    callsOfUse(use),
    callsOfInbox(createInbox(client)),
    callsOfUserInbox(useInbox({ client: hooks })),
    callsOfClient(client),
    { send: () => hooks.send('chat', 'hello', '1') } satisfies Calls<WebSocketClient>,
    callsOfSharedState(shared),
    { broadcast: () => room.broadcast('chat', 'hello') } satisfies Calls<RoomMembership>,
    { broadcast: () => broadcast.broadcast('hello') } satisfies Calls<RoomBroadcast<string>>,
    callsOfRoom(hooks.room('1')),
  ]
  for (const calls of all) for (const call of Object.values(calls)) (call as () => unknown)()
  void hooks.send('greeting', 'hello')
  void hooks.send('chat', undefined, '1')
  void channel.publish('cursor', 1, { volatile: true })
  void channel.publish('message', undefined as never)
  void channel.presence.update({ data: undefined as never, status: 1n as never })
  void list.update('nobody', { text: '' })
}

function callsOfClient(client: Client) {
  return {
    fetch: () => client.fetch('/notifications'),
    sendMessage: () => client.sendMessage('greeting', 'hello'),
  } satisfies Calls<Client>
}

function callsOfChannel(channel: Channel) {
  return {
    subscribe: () => channel.subscribe(),
    publish: () => channel.publish('message', 1),
    history: () => channel.history(),
    markRead: () => channel.markRead('m'),
    unsubscribe: () => {},
  } satisfies Calls<Channel>
}

function callsOfState(state: SharedState) {
  return {
    set: () => state.set('a', 1),
    merge: () => state.merge({ b: 1 }),
    delete: () => state.delete('a'),
    change: () => state.change({ set: { a: 1n as never } }),
  } satisfies Calls<SharedState>
}

function callsOfDocument(document: SharedDocument<{ items: Item[]; title: string }>) {
  return {
    get: () => document.get('title'),
    set: () => document.set('title', 'Plans'),
    merge: () => document.merge({ title: 1n as never }),
  } satisfies Calls<typeof document>
}

function callsOfList(list: SharedList<Item>) {
  return {
    insert: () => list.insert({ id: '1', text: '' }),
    update: () => list.update('1', { text: 'new' }),
    move: () => list.move('1', 0),
    remove: () => list.remove('1'),
  } satisfies Calls<SharedList<Item>>
}

function callsOfUse(use: ChannelUse) {
  return {
    ask: () => use.ask({ recent: 5 }),
    release: () => {},
  } satisfies Calls<ChannelUse>
}

function callsOfInbox(inbox: Inbox) {
  return {
    loadMore: () => inbox.loadMore(),
    markRead: () => inbox.markRead('n'),
    markAllRead: () => inbox.markAllRead(),
  } satisfies Calls<Inbox>
}

function callsOfUserInbox(inbox: UserInbox) {
  return {
    loadMore: () => inbox.loadMore(),
    markRead: () => inbox.markRead('n'),
    markAllRead: () => inbox.markAllRead(),
  } satisfies Calls<UserInbox>
}

function callsOfSharedState(state: RoomState<{ title: string }>) {
  return {
    get: () => state.get('title'),
    set: () => state.set('title', 'Plans'),
    merge: () => state.merge({ title: 'Plans' }),
  } satisfies Calls<typeof state>
}

function callsOfRoom(room: SharedRoom) {
  return {
    publish: () => room.publish('message', 1),
    refuse: () => {},
    report: () => {},
  } satisfies Calls<SharedRoom>
}
