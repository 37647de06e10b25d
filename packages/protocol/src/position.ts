/** A place in a channel's log: the epoch names one life of the log, the offset counts from 1. */
export interface Position {
  readonly epoch: string
  /** 0 stands before the first event. */
  readonly offset: number
}

const POSITION = /^([A-Za-z0-9_-]{1,64}):(0|[1-9][0-9]{0,15})$/

/** Formats a position as the one opaque string that clients see. */
export function formatPosition(position: Position): string {
  return `${position.epoch}:${position.offset}`
}

/** Parses a position; undefined for a text that no server writes. */
export function parsePosition(text: string): Position | undefined {
  const match = POSITION.exec(text)
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  const offset = Number(match[2])
  return Number.isSafeInteger(offset) ? { epoch: match[1], offset } : undefined
}
