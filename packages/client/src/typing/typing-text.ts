/**
 * Describes in words who is typing; returns an empty text if nobody is.
 *
 * @param users ids of those who type, as `channel.typing.users()` lists them; each counts once
 */
export function typingText(users: readonly string[]): string {
  const { size } = new Set(users)
  if (size === 0) return ''
  return size === 1 ? 'Someone is typing…' : `${size} people are typing…`
}
