import { encodeServerFrame } from '@coterie/protocol'
import type { Encoding } from '../ports/transport.ts'

const FINAL_TEXT = 0x81
const LENGTH_16 = 126
const LENGTH_64 = 127

/** Encodes frames as JSON inside complete, unmasked WebSocket text messages. */
export const webSocketJson: Encoding = {
  encode: (type, fields) => ({ bytes: textMessage(encodeServerFrame(type, fields)) }),
}

/**
 * Builds one unfragmented text message as a server sends it.
 *
 * @see RFC 6455 section 5.2
 */
export function textMessage(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const headerBytes = length < LENGTH_16 ? 2 : length < 65_536 ? 4 : 10
  const message = Buffer.allocUnsafe(headerBytes + length)
  message[0] = FINAL_TEXT
  if (headerBytes === 2) {
    message[1] = length
  } else if (headerBytes === 4) {
    message[1] = LENGTH_16
    message.writeUInt16BE(length, 2)
  } else {
    message[1] = LENGTH_64
    message.writeBigUInt64BE(BigInt(length), 2)
  }
  message.write(text, headerBytes)
  return message
}

/** Returns the bytes of the text inside a message that `textMessage` built. */
export function textOf(message: Uint8Array): Uint8Array {
  const kind = message[1]
  return message.subarray(kind === LENGTH_64 ? 10 : kind === LENGTH_16 ? 4 : 2)
}
