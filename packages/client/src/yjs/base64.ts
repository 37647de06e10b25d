const CHUNK_BYTES = 32_768

/** Writes bytes as base64 (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  // In pieces, because a call accepts a limited number of arguments.
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES))
  }
  return btoa(binary)
}

/** Reads base64. @throws {DOMException} for text that is not base64 */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
