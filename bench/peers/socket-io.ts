import type { Server as HttpServer } from 'node:http'
import { Server } from 'socket.io'
import type { Peer, PeerOptions } from './peer.ts'

const RECOVERY_MS = 120_000

/** Who is in a channel. */
interface User {
  readonly id: string
  readonly name: string
  readonly status: 'online'
  readonly joinedAt: string
}

/** Makes a Socket.IO server with rooms as channels. */
export function createSocketIo(
  server: HttpServer,
  { history = false, singleChannel = false }: PeerOptions,
): Peer {
  const io = new Server(server, {
    transports: ['websocket'],
    serveClient: false,
    ...(history && { connectionStateRecovery: { maxDisconnectionDuration: RECOVERY_MS } }),
  })
  io.on('connection', (socket) => {
    socket.on('join', async (channels: string[], done: () => void) => {
      await socket.join(channels)
      done()
    })
    // What tutorials do: everybody is told of everybody, and who comes gets the list.
    socket.on('appear', async (channel: string, name: string, done: (users: User[]) => void) => {
      const joinedAt = new Date().toISOString()
      socket.data.user = { id: socket.id, name, status: 'online', joinedAt } satisfies User
      socket.to(channel).emit('joined', socket.data.user)
      await socket.join(channel)
      const there = io.sockets.adapter.rooms.get(channel) ?? []
      done([...there].map((id) => io.sockets.sockets.get(id)?.data.user))
    })
    socket.on('publish', (channel: string, payload: unknown, done: () => void) => {
      io.to(channel).emit('message', payload)
      done()
    })
  })
  return {
    publish(channel, payload) {
      if (singleChannel) io.emit('message', payload)
      else io.to(channel).emit('message', payload)
    },
    endTick() {},
  }
}
