import { crc32 } from 'node:zlib'

/** The valid types of a column; any other value is damage. */
export type Column = string | number | null | undefined

/** Returns the checksum of a row: CRC-32 of its columns as UTF-8, one per line. */
export function checksumOf(...columns: readonly Column[]): number {
  return crc32(columns.join('\n'))
}
