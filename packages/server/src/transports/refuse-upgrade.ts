import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RealtimeError } from '@coterie/protocol'
import { errorResponse } from '../http/error-response.ts'

/** Refuses a WebSocket upgrade with an HTTP response, and closes its socket. */
export async function refuseUpgrade(socket: Duplex, error: RealtimeError): Promise<void> {
  // Nothing else listens for errors now, and a reset by the peer must not crash the server.
  socket.on('error', () => socket.destroy())
  // A peer that never closes its side would keep the socket open.
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
