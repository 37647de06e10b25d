import type { EncodedFrame, Encoding, FramePlace } from '../../ports/transport.ts'

const LINE_END = /\r\n|\r|\n/g
/** The beginning of the fields of a frame with nothing but a payload. */
const PAYLOAD = '{"payload":'

/** Encodes frames as server-sent events without `id`, which differs per receiver. */
export const sseEvents: Encoding = {
  encode(type, fields, place) {
    const text = fields.join('')
    return encodeEvent(type, type === 'notification' ? unwrapped(text) : text, place)
  },
}

/** Encodes the event that tells a client why its stream ends. */
export function closeEvent(code: number, reason: string): EncodedFrame {
  return encodeEvent('close', JSON.stringify({ code, reason }))
}

function encodeEvent(name: string, text: string, place?: FramePlace): EncodedFrame {
  // White space between JSON tokens may hold line ends, each of which ends a `data` line.
  const data = text.replace(LINE_END, '\ndata: ')
  const bytes = Buffer.from(`event: ${name}\ndata: ${data}\n\n`)
  return { chunks: [bytes], length: bytes.length, place }
}

// Clients expect the notification itself; clients of earlier builds read it in `payload`.
function unwrapped(fields: string): string {
  const notification = fields.slice(PAYLOAD.length, -1)
  return `${notification.slice(0, -1)},${fields.slice(1)}`
}
