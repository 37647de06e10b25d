/**
 * Describes in words who is typing; an empty text if nobody is.
 *
 * @param users ids of typists, as `channel.typing.users()` lists them; duplicates count once
 */
export function typingText(users: readonly string[]): string {
  const { size } = new Set(users)
  if (size === 0) return ''
  return size === 1 ? 'Someone is typing…' : `${size} people are typing…`
}
