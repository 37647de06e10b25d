/** One window in which a user types: a connection, or what speaks for one in this process. */
export interface TypingSource {
  readonly channel: string
  readonly userId: string
  /** Tells the windows of a user apart; without `:`. */
  readonly source: string
}

/** Names a window of a user in the engine's map. */
export function formatTypingKey({ source, userId }: TypingSource): string {
  return `${source}:${userId}`
}

/** Reads such a name back. */
export function parseTypingKey(key: string): Omit<TypingSource, 'channel'> {
  const end = key.indexOf(':')
  return { source: key.slice(0, end), userId: key.slice(end + 1) }
}
