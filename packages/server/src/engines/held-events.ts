/** Held events that a log keeps beyond its size; after that, the oldest are deleted. */
export const MAX_HELD_EVENTS = 2_000
