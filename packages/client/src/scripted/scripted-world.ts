// biome-ignore lint/correctness/noUndeclaredDependencies: for tests only, and testing depends on this package
import { FakeClock } from '@coterie/testing'
import type { ChannelOptions } from '../channel/channel.ts'
import { createClient } from '../client/create-client.ts'
import type { ClientOptions } from '../connection/client-options.ts'
import type { ClientEnvironment } from '../connection/environment.ts'
import { ScriptedRequest } from './scripted-request.ts'
import { ScriptedSocket, type SentFrame } from './scripted-socket.ts'

/** An event as the server would send it. */
export function eventAt(
  position: string | undefined,
  fields: Readonly<Record<string, unknown>> = {},
) {
  return {
    type: 'event',
    channel: 'room:1',
    event: 'message',
    payload: position ?? null,
    from: { user_id: 'bob', connection_id: 'c-2' },
    id: `id-${position}`,
    timestamp: '2026-01-01T00:00:00.000Z',
    ...(position !== undefined && { position }),
    ...fields,
  }
}

/** Events `epoch:from` to `epoch:to`. */
export function eventsBetween(from: number, to: number, epoch = 'e') {
  return Array.from({ length: to - from + 1 }, (_, index) => eventAt(`${epoch}:${from + index}`))
}

/** A reply to `subscribe`. */
export function joinReply(fields: Readonly<Record<string, unknown>> = {}) {
  return { channel: 'room:1', position: 'e:0', recovered: false, events: [], ...fields }
}

/** A client whose time, chance and server a test holds in its hands. */
export function createWorld(options: ClientOptions = {}) {
  const clock = new FakeClock()
  const sockets: ScriptedSocket[] = []
  const requests: ScriptedRequest[] = []
  const errors: unknown[] = []
  const wakers = new Set<() => void>()
  const cutters = new Set<() => void>()
  const chance = { next: 0.5 }
  const environment: Partial<ClientEnvironment> = {
    clock,
    random: () => chance.next,
    createSocket: (url, protocols) => {
      const socket = new ScriptedSocket(url, protocols)
      sockets.push(socket)
      return socket
    },
    fetch: (url, request) => {
      const scripted = new ScriptedRequest(url, request)
      requests.push(scripted)
      return scripted.response
    },
    onWake: (run) => {
      wakers.add(run)
      return () => wakers.delete(run)
    },
    onOffline: (run) => {
      cutters.add(run)
      return () => cutters.delete(run)
    },
    reportError: (error) => errors.push(error),
    ...options.environment,
  }
  const client = createClient({
    url: 'ws://server.test',
    transports: ['websocket'],
    ...options,
    environment,
  })

  const newest = (): ScriptedSocket => {
    const socket = sockets.at(-1)
    if (!socket) throw new Error('the client made no socket')
    return socket
  }

  const newestRequest = (): ScriptedRequest => {
    const request = requests.at(-1)
    if (!request) throw new Error('the client made no request')
    return request
  }

  /** Connects and lets the server welcome the client. */
  const connect = async (): Promise<ScriptedSocket> => {
    client.connect()
    await clock.settle()
    newest().welcome()
    return newest()
  }

  /** Waits for the next socket after a cut and welcomes the client on it. */
  const reconnected = async (): Promise<ScriptedSocket> => {
    const before = sockets.length
    await clock.until(() => sockets.length > before)
    newest().welcome()
    return newest()
  }

  /** Connects and joins `room:1`. */
  const join = async (channelOptions: ChannelOptions = {}, reply: object = joinReply()) => {
    const socket = await connect()
    const channel = client.channel('room:1', channelOptions)
    const joined = channel.subscribe()
    socket.reply(socket.take('subscribe'), reply)
    await joined
    return { socket, channel }
  }

  /** Cuts the connection, comes back, and returns the `subscribe` of the new one. */
  const comeBack = async (): Promise<{ socket: ScriptedSocket; subscribe: SentFrame }> => {
    newest().end()
    const socket = await reconnected()
    return { socket, subscribe: socket.take('subscribe') }
  }

  return {
    client,
    environment,
    clock,
    sockets,
    requests,
    newestRequest,
    errors,
    chance,
    newest,
    connect,
    reconnected,
    join,
    comeBack,
    wake: () => {
      for (const run of [...wakers]) run()
    },
    goOffline: () => {
      for (const run of [...cutters]) run()
    },
    isWatching: () => wakers.size + cutters.size > 0,
  }
}
