import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'

const CHUNK_BYTES = 1_048_576

/** The size of a file in bytes, and the CRC-32 of its content. */
export interface FileDigest {
  readonly bytes: number
  readonly checksum: number
}

/**
 * Reads a whole file.
 *
 * Do not call it while this process has the file open as a database: closing
 * any descriptor of a file releases all POSIX locks of the process on it.
 */
export function digestFile(path: string): FileDigest {
  const descriptor = openSync(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    let checksum = 0
    for (;;) {
      const count = readSync(descriptor, chunk)
      if (count === 0) return { bytes: fstatSync(descriptor).size, checksum }
      checksum = crc32(chunk.subarray(0, count), checksum)
    }
  } finally {
    closeSync(descriptor)
  }
}
