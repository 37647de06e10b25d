const DEFAULT_ROOM = 'lobby'
const MAX_CHARACTERS = 40

/** Makes a room name of whatever somebody typed: `Team Lunch!` is `team-lunch`. */
export function toRoomName(text: string): string {
  const name = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9_]+/g, '-')
    .slice(0, MAX_CHARACTERS)
    .replace(/^-+|-+$/g, '')
  return name || DEFAULT_ROOM
}

/** Returns the room that the address names. */
export function currentRoomName(): string {
  const hash = location.hash.slice(1)
  try {
    return toRoomName(decodeURIComponent(hash))
  } catch {
    return toRoomName(hash)
  }
}

/** Returns the address that brings somebody into a room. */
export function roomLink(name: string): string {
  return `${location.origin}${location.pathname}#${name}`
}
