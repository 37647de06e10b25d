import type { Server } from 'node:http'
import type { Peer } from './peer.ts'
import { bareEvent, WebSocketRooms } from './web-socket-rooms.ts'

/** Makes a server that sends each event to each client by itself, as most do at first. */
export function createBareWs(server: Server): Peer {
  const publish = (channel: string, payload: unknown): void => {
    const text = bareEvent(channel, payload)
    for (const webSocket of rooms.members(channel)) webSocket.send(text)
  }
  const rooms = new WebSocketRooms(server, publish)
  return { publish, endTick() {} }
}
