import type { Encoding } from '../../ports/transport.ts'

const LINE_END = /\r\n|\r|\n/g

/** Encodes frames as server-sent events, without the `id` that each receiver has of its own. */
export const sseEvents: Encoding = {
  encode(type, fields, place) {
    // White space between JSON tokens may hold line ends, each of which ends a `data` line.
    const data = fields.join('').replace(LINE_END, '\ndata: ')
    const bytes = Buffer.from(`event: ${type}\ndata: ${data}\n\n`)
    return { chunks: [bytes], length: bytes.length, place }
  },
}
