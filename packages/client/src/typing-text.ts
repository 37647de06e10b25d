/**
 * Says in words that somebody types; empty where nobody does.
 *
 * @param users ids of those who type, as `channel.typing.users()` lists them; each counts once
 */
export function typingText(users: readonly string[]): string {
  const { size } = new Set(users)
  if (size === 0) return ''
  return size === 1 ? 'Someone is typing…' : `${size} people are typing…`
}
