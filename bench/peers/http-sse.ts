import type { Server, ServerResponse } from 'node:http'
import type { Peer } from './peer.ts'
import { bareEvent } from './web-socket-rooms.ts'

/** Makes a broadcaster of server-sent events out of nothing but node:http. */
export function createHttpSse(server: Server): Peer {
  const streams = new Set<ServerResponse>()
  server.on('request', (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write('retry: 3000\n\n')
    streams.add(response)
    request.on('close', () => streams.delete(response))
  })
  return {
    publish(channel, payload) {
      const text = `event: event\ndata: ${bareEvent(channel, payload)}\n\n`
      for (const stream of streams) stream.write(text)
    },
    endTick() {},
  }
}
