const MASK = [0x5a, 0xc3, 0x1f, 0x86] as const
const KINDS = { text: 0x81, pong: 0x8a } as const

/** Builds a frame as a client sends it: masked, though the mask is always the same. */
export function maskedFrame(kind: keyof typeof KINDS, body: Uint8Array): Buffer {
  const length = body.length
  if (length > 65_535) throw new Error('a load sends small frames only')
  const headerBytes = length < 126 ? 6 : 8
  const frame = Buffer.allocUnsafe(headerBytes + length)
  frame[0] = KINDS[kind]
  frame[1] = 0x80 | Math.min(length, 126)
  if (length >= 126) frame.writeUInt16BE(length, 2)
  for (let index = 0; index < 4; index += 1) {
    frame[headerBytes - 4 + index] = MASK[index] as number
  }
  for (let index = 0; index < length; index += 1) {
    frame[headerBytes + index] = (body[index] as number) ^ (MASK[index & 3] as number)
  }
  return frame
}
