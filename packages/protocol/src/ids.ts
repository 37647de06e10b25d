declare const brand: unique symbol

/** A string type that the type checker distinguishes from other strings. */
export type Branded<Name extends string> = string & { readonly [brand]: Name }

/** Identifies one socket, stream or in-process subscriber. Not a credential. */
export type ConnectionId = Branded<'ConnectionId'>

/** Identifies the user of a connection. */
export type UserId = Branded<'UserId'>

/** Identifies one notification. */
export type NotificationId = Branded<'NotificationId'>

/** Identifies one stored subscription. */
export type SubscriptionId = Branded<'SubscriptionId'>

/** Names one published event; the sender's `message_id` where it gave one. */
export type EventId = Branded<'EventId'>

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * Formats a UUID version 7: sortable by time, the rest random.
 *
 * @param unixMs milliseconds since 1970, the first 48 bits
 * @param random 10 random bytes; the version and variant bits are overwritten
 * @see RFC 9562 section 5.7
 */
export function formatUuidV7(unixMs: number, random: Uint8Array): string {
  const high = Math.floor(unixMs / 0x1_0000_0000)
  const low = unixMs % 0x1_0000_0000
  const hex = (index: number): string => HEX[random[index] ?? 0] ?? '00'
  const time = high.toString(16).padStart(4, '0') + low.toString(16).padStart(8, '0')
  const version = HEX[0x70 | ((random[0] ?? 0) & 0x0f)] ?? '70'
  const variant = HEX[0x80 | ((random[2] ?? 0) & 0x3f)] ?? '80'
  const node = hex(4) + hex(5) + hex(6) + hex(7) + hex(8) + hex(9)
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}${hex(1)}-${variant}${hex(3)}-${node}`
}
