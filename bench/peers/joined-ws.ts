import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Peer } from './peer.ts'
import { bareEvent, WebSocketRooms } from './web-socket-rooms.ts'

/**
 * Makes the least that Node can do: frames built once, and all of a channel in
 * a tick joined into one write to each client.
 */
export function createJoinedWs(server: Server): Peer {
  let frames = new Map<string, Buffer[]>()
  const publish = (channel: string, payload: unknown): void => {
    const waiting = frames.get(channel)
    const frame = textFrame(bareEvent(channel, payload))
    if (waiting) waiting.push(frame)
    else frames.set(channel, [frame])
  }
  const rooms = new WebSocketRooms(server, publish)
  return {
    publish,
    endTick() {
      const published = frames
      frames = new Map()
      for (const [channel, waiting] of published) {
        const bytes = Buffer.concat(waiting)
        for (const webSocket of rooms.members(channel)) socketOf(webSocket).write(bytes)
      }
    },
  }
}

function socketOf(webSocket: WebSocket): Socket {
  return (webSocket as unknown as { _socket: Socket })._socket
}

function textFrame(text: string): Buffer {
  const body = Buffer.from(text)
  const header =
    body.length < 126 ? [0x81, body.length] : [0x81, 126, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from(header), body])
}
