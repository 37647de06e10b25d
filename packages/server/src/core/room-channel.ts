const PREFIX = 'room:'

/** Returns the channel of a room. */
export function roomChannel(roomId: string): string {
  return `${PREFIX}${roomId}`
}

/** Returns the room id of a channel; undefined for other channels. */
export function roomOf(channel: string): string | undefined {
  return channel.startsWith(PREFIX) ? channel.slice(PREFIX.length) : undefined
}
