import type { EncodedFrame } from '../ports/transport.ts'

/** Longer batches are written in pieces: a copy would cost more than it saves. */
const MAX_JOINED_BYTES = 65_536

/**
 * Concatenates the frames of a tick into one buffer for receivers of the same.
 *
 * One buffer costs the kernel about half as much as a list of eight, and the
 * members of a channel mostly receive the same frames in a tick. Copying for one
 * receiver alone does not pay, so the first one only records the frames.
 */
export class FrameJoiner {
  #frames: readonly EncodedFrame[] = []
  #joined: Uint8Array | undefined

  /** Returns the frames as one buffer; undefined if writing them singly is better. */
  join(frames: readonly EncodedFrame[]): Uint8Array | undefined {
    if (!isSame(frames, this.#frames)) {
      this.#frames = frames
      this.#joined = undefined
      return undefined
    }
    this.#joined ??= concatenate(frames)
    return this.#joined
  }
}

function concatenate(frames: readonly EncodedFrame[]): Uint8Array | undefined {
  let length = 0
  for (const frame of frames) length += frame.length
  if (length > MAX_JOINED_BYTES) return undefined
  // In its own memory: a slice of the shared pool would keep the whole pool alive.
  const joined = Buffer.allocUnsafeSlow(length)
  let offset = 0
  for (const { chunks } of frames) {
    for (const chunk of chunks) {
      joined.set(chunk, offset)
      offset += chunk.length
    }
  }
  return joined
}

function isSame(one: readonly EncodedFrame[], other: readonly EncodedFrame[]): boolean {
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false
  return true
}
