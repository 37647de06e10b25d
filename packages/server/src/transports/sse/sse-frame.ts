import type { EncodedFrame, Encoding, FramePlace } from '../../ports/transport.ts'

const LINE_END = /\r\n|\r|\n/g
/** How the fields of a frame begin that has nothing but a payload. */
const PAYLOAD = '{"payload":'

/** Encodes frames as server-sent events, without the `id` that each receiver has of its own. */
export const sseEvents: Encoding = {
  encode(type, fields, place) {
    const text = fields.join('')
    return encodeEvent(type, type === 'notification' ? unwrapped(text) : text, place)
  },
}

/** Encodes the event that tells a stream why it ends. */
export function closeEvent(code: number, reason: string): EncodedFrame {
  return encodeEvent('close', JSON.stringify({ code, reason }))
}

function encodeEvent(name: string, text: string, place?: FramePlace): EncodedFrame {
  // White space between JSON tokens may hold line ends, each of which ends a `data` line.
  const data = text.replace(LINE_END, '\ndata: ')
  const bytes = Buffer.from(`event: ${name}\ndata: ${data}\n\n`)
  return { chunks: [bytes], length: bytes.length, place }
}

// A reader of a stream expects the notification itself; earlier clients look for it in `payload`.
function unwrapped(fields: string): string {
  const notification = fields.slice(PAYLOAD.length, -1)
  return `${notification.slice(0, -1)},${fields.slice(1)}`
}
