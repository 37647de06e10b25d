import type { Server as HttpServer } from 'node:http'
import { Server } from 'socket.io'
import type { Peer, PeerOptions } from './peer.ts'

const RECOVERY_MS = 120_000

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
