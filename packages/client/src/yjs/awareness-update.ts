import type { ClientState } from './awareness-states.ts'

/**
 * Encodes states as an update of `y-protocols/awareness`: their number, then for
 * each the client, its clock and its state as JSON.
 */
export function toAwarenessUpdate(states: readonly ClientState[]): Uint8Array {
  const bytes: number[] = []
  writeNumber(bytes, states.length)
  for (const { id, clock, state } of states) {
    const text = new TextEncoder().encode(JSON.stringify(state))
    writeNumber(bytes, id)
    writeNumber(bytes, clock)
    writeNumber(bytes, text.length)
    for (const byte of text) bytes.push(byte)
  }
  return Uint8Array.from(bytes)
}

// A varint: seven bits a byte, lowest first; the eighth bit says that more bytes follow.
function writeNumber(bytes: number[], value: number): void {
  let rest = value
  while (rest > 127) {
    bytes.push(128 | (rest % 128))
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
}
