import type { Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'

/** What a client of the bare servers asks. */
type Request =
  | { readonly join: readonly string[] }
  | { readonly id: string; readonly channel: string; readonly payload: unknown }

/** Accepts bare WebSockets and notes which channels they joined. */
export class WebSocketRooms {
  readonly #rooms = new Map<string, Set<WebSocket>>()

  /** @param publish called for each event that a client publishes */
  constructor(server: Server, publish: (channel: string, payload: unknown) => void) {
    const webSockets = new WebSocketServer({ server, perMessageDeflate: false })
    webSockets.on('connection', (webSocket) => {
      webSocket.on('message', (data: Buffer) => {
        const request = JSON.parse(data.toString()) as Request
        if ('join' in request) {
          this.#join(webSocket, request.join)
          webSocket.send('{"joined":true}')
        } else {
          publish(request.channel, request.payload)
          webSocket.send(`{"id":"${request.id}"}`)
        }
      })
    })
  }

  /** Returns who is in a channel. */
  members(channel: string): Iterable<WebSocket> {
    return this.#rooms.get(channel) ?? []
  }

  #join(webSocket: WebSocket, channels: readonly string[]): void {
    for (const channel of channels) {
      const room = this.#rooms.get(channel) ?? new Set()
      this.#rooms.set(channel, room.add(webSocket))
    }
    webSocket.on('close', () => {
      for (const channel of channels) this.#rooms.get(channel)?.delete(webSocket)
    })
  }
}

/** Writes an event as the bare servers send it. */
export function bareEvent(channel: string, payload: unknown): string {
  return JSON.stringify({ type: 'event', channel, event: 'message', payload })
}
