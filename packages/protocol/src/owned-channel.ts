import { sha256 } from './sha256.ts'
import { hasWildcard, isChannelPattern, MAX_NAME_CHARACTERS } from './topic.ts'

const USER = 'user:'
const TENANT = 'tenant:'
/** An id that can stand in a name as it is; `=` begins what is encoded. */
const PLAIN_ID = /^[A-Za-z0-9_.@-][A-Za-z0-9_.@=-]*$/
const ENCODED_ID = /^=[A-Za-z0-9_-]+$/
const DIGESTED_ID = /^==[A-Za-z0-9_-]{43}$/
const HALF_CHARACTER = /\p{Cs}/u
// What no token can carry is not taken for an id: controls, invisible characters, spaces at an end.
const ID_TEXT = /^(?! )[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+(?<! )$/u
/** Longer names are refused where they are used, without reading an id out of them. */
const MAX_RAW_CHARACTERS = 1_024

const MAX_USER_SEGMENT = MAX_NAME_CHARACTERS - USER.length
/** Room for what a tenant's channels are called after it. */
const MAX_TENANT_SEGMENT = 128

// The platform has these everywhere; this package is compiled without its types.
declare const TextEncoder: new () => { encode(text: string): Uint8Array }
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean },
) => { decode(bytes: Uint8Array): string }
declare function btoa(binary: string): string
declare function atob(text: string): string

/**
 * Returns the channel that belongs to a user alone, whatever the id holds.
 *
 * An id of `A–Z a–z 0–9 _ . @ = -` stands as it is (`user:ada`), any other one
 * as `user:=<base64url of its UTF-8>`, and one too long for a name as
 * `user:==<base64url of its SHA-256>`.
 *
 * @example
 * ```ts
 * userChannel('google:123') // 'user:=Z29vZ2xlOjEyMw'
 * ```
 */
export function userChannel(userId: string): string {
  return USER + userSegment(userId)
}

/**
 * Returns a channel of a tenant, whatever its id holds; encoded like a user's.
 *
 * @param rest what follows the tenant: `orders` for `tenant:acme:orders`, or a pattern
 */
export function tenantChannel(tenant: string, rest: string): string {
  return `${TENANT}${tenantSegment(tenant)}:${rest}`
}

/** Returns a tenant's id as it is written in the names of its channels. */
export function tenantSegment(tenant: string): string {
  const longest = MAX_NAME_CHARACTERS - TENANT.length
  return ownerSegment(tenant, longest, MAX_TENANT_SEGMENT)
}

/**
 * Returns the canonical name of a channel, for a name that may hold an id unencoded.
 *
 * The user's id is everything after `user:`; the tenant's is between `tenant:`
 * and the next colon. Idempotent. Returns other names, patterns, and what cannot
 * be an id unchanged.
 */
export function canonicalChannel(name: string): string {
  if (name.startsWith(USER)) {
    if (hasWildcard(name) && isChannelPattern(name)) return name
    return USER + canonicalOwner('user', name.slice(USER.length))
  }
  if (name.startsWith(TENANT)) {
    const end = name.indexOf(':', TENANT.length)
    const id = name.slice(TENANT.length, end === -1 ? undefined : end)
    if (id === '*' || id === '#') return name
    return TENANT + canonicalOwner('tenant', id) + (end === -1 ? '' : name.slice(end))
  }
  return name
}

/** Returns how a user or tenant stands in a name, for an id that may be encoded already. */
export function canonicalOwner(kind: 'user' | 'tenant', id: string): string {
  if (id.length > MAX_RAW_CHARACTERS || !ID_TEXT.test(id)) return id
  const segmentOf = kind === 'user' ? userSegment : tenantSegment
  return isEncoded(id, segmentOf) ? id : segmentOf(id)
}

/** Tells whether a channel, named canonically or not, is below `user:`. */
export function isUserChannel(channel: string): boolean {
  return channel.startsWith(USER)
}

function userSegment(id: string): string {
  return ownerSegment(id, MAX_USER_SEGMENT, MAX_USER_SEGMENT)
}

// Only what an id is encoded to counts; `=` at the beginning of any other text is part of an id.
function isEncoded(segment: string, segmentOf: (id: string) => string): boolean {
  if (DIGESTED_ID.test(segment)) return true
  if (!ENCODED_ID.test(segment)) return false
  try {
    const binary = atob(segment.slice(1).replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    return segmentOf(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) === segment
  } catch {
    return false
  }
}

function ownerSegment(id: string, maxPlain: number, maxEncoded: number): string {
  if (id.length <= maxPlain && PLAIN_ID.test(id)) return id
  const bytes = bytesOf(id)
  const encoded = `=${base64url(bytes)}`
  return encoded.length <= maxEncoded && !HALF_CHARACTER.test(id)
    ? encoded
    : `==${base64url(sha256(bytes))}`
}

// UTF-8 has no halves of characters: without them two ids would become one.
function bytesOf(id: string): Uint8Array {
  if (!HALF_CHARACTER.test(id)) return new TextEncoder().encode(id)
  const units = Array.from({ length: id.length }, (_, index) => id.charCodeAt(index))
  // No UTF-8 begins with this byte, so that no other id has the same bytes.
  return Uint8Array.of(0xff, ...units.flatMap((unit) => [unit >> 8, unit & 0xff]))
}

function base64url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
