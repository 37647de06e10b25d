import { crc32 } from 'node:zlib'

/** What a column of a row holds; anything else is damage. */
export type Column = string | number | null | undefined

/** Returns the checksum of a row: CRC-32 over its columns as UTF-8 text, one a line. */
export function checksumOf(...columns: readonly Column[]): number {
  return crc32(columns.join('\n'))
}
