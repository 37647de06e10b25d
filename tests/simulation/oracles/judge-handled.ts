/** What a trigger was sent, and what it did. */
export interface Handling {
  /** Ids of what was sent to each channel, in order; each is sent once. */
  readonly attempted: readonly (readonly string[])[]
  readonly acknowledged: ReadonlySet<string>
  /** Ids that the handler was called with, in order. */
  readonly begun: readonly string[]
  /** Ids that the handler has handled, in order. */
  readonly ended: readonly string[]
  /** How often the server ended, and how often the handler failed: each may cost one call more. */
  readonly interruptions: number
}

/** Returns what is wrong with what a durable trigger handled, in words. */
export function judgeHandled(handling: Handling): string[] {
  const { attempted, acknowledged, begun, ended, interruptions } = handling
  const faults: string[] = []
  const done = new Set(ended)
  for (const id of acknowledged) {
    if (!done.has(id)) faults.push(`acknowledged and never handled: ${id}`)
  }
  for (const sent of attempted) {
    // Again only for what was interrupted, so what counts is when each was handled first.
    const order = sent.filter((id) => done.has(id)).join()
    const own = [...done].filter((id) => sent.includes(id)).join()
    if (own !== order) faults.push(`handled as ${own}, and sent as ${order}`)
  }
  const known = new Set(attempted.flat())
  for (const id of done) if (!known.has(id)) faults.push(`handled and never sent: ${id}`)
  const most = new Set(begun).size + interruptions
  if (begun.length > most) {
    faults.push(`begun ${begun.length} times, ${most} at most is right`)
  }
  return faults
}
