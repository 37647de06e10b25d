import { encodeServerFrame } from '@coterie/protocol'
import type { EncodedFrame, Encoding, TextPieces } from '../ports/transport.ts'

const FINAL_TEXT = 0x81
const LENGTH_16 = 126
const LENGTH_64 = 127
/** Shorter pieces are copied: that costs less than a separate write. */
const MIN_SHARED_BYTES = 1_024

/** Encodes frames as JSON inside complete, unmasked WebSocket text messages. */
export const webSocketJson: Encoding = {
  encode: (type, [first, ...rest]) =>
    textMessage([encodeServerFrame(type, String(first)), ...rest]),
}

/**
 * Builds one unfragmented text message of a server.
 *
 * @param pieces long byte pieces become chunks without a copy
 * @see RFC 6455 section 5.2
 */
export function textMessage(pieces: TextPieces): EncodedFrame {
  let textBytes = 0
  let sharedBytes = 0
  for (const piece of pieces) {
    const bytes = Buffer.byteLength(piece)
    textBytes += bytes
    if (isShared(piece)) sharedBytes += bytes
  }
  const headerBytes = textBytes < LENGTH_16 ? 2 : textBytes < 65_536 ? 4 : 10
  const length = headerBytes + textBytes
  const own = Buffer.allocUnsafe(length - sharedBytes)
  writeHeader(own, headerBytes, textBytes)

  const chunks: Buffer[] = []
  let start = 0
  let end = headerBytes
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      end += own.write(piece, end)
    } else if (isShared(piece)) {
      chunks.push(own.subarray(start, end), piece)
      start = end
    } else {
      end += piece.copy(own, end)
    }
  }
  if (start < end) chunks.push(start === 0 ? own : own.subarray(start, end))
  return { chunks, length }
}

function isShared(piece: string | Buffer): boolean {
  return typeof piece !== 'string' && piece.length >= MIN_SHARED_BYTES
}

function writeHeader(message: Buffer, headerBytes: number, textBytes: number): void {
  message[0] = FINAL_TEXT
  if (headerBytes === 2) {
    message[1] = textBytes
  } else if (headerBytes === 4) {
    message[1] = LENGTH_16
    message.writeUInt16BE(textBytes, 2)
  } else {
    message[1] = LENGTH_64
    message.writeBigUInt64BE(BigInt(textBytes), 2)
  }
}

/** Returns the bytes of the text inside a message that `textMessage` built. */
export function textOf({ chunks }: EncodedFrame): Uint8Array {
  const message = Buffer.concat(chunks)
  const kind = message[1]
  return message.subarray(kind === LENGTH_64 ? 10 : kind === LENGTH_16 ? 4 : 2)
}
