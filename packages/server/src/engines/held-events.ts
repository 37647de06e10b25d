/** Events that a log keeps past its size because they are held; beyond, the oldest go. */
export const MAX_HELD_EVENTS = 2_000
