import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RealtimeError } from '@coterie/protocol'
import { errorResponse } from '../http/error-response.ts'

/** Answers a request to become a WebSocket as any other that is refused, and ends its socket. */
export async function refuseUpgrade(socket: Duplex, error: RealtimeError): Promise<void> {
  // Nobody else listens any more, and a peer that resets the connection must harm nobody.
  socket.on('error', () => socket.destroy())
  // A peer that never closes its side would keep the socket.
  socket.once('finish', () => socket.destroy())
  const response = errorResponse(error)
  const body = await response.text()
  const headers = {
    ...Object.fromEntries(response.headers),
    connection: 'close',
    'content-length': Buffer.byteLength(body),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const status = `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status]}`
  socket.end([status, ...lines, '', body].join('\r\n'))
}
