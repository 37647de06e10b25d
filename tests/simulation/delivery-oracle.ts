/** What one receiver took in, and what its sender meant, as the oracle sees it. */
export interface Deliveries {
  /** Every publish that was attempted. */
  readonly attempted: ReadonlySet<string>
  /** Those that the server acknowledged. */
  readonly acknowledged: ReadonlySet<string>
  /** The channel's log, in its order. */
  readonly log: readonly string[]
  /** What the receiver was given, in the order of arrival. */
  readonly received: readonly string[]
}

/** Returns what is wrong with a run, in words; nothing when every promise was kept. */
export function judge({ attempted, acknowledged, log, received }: Deliveries): string[] {
  const faults: string[] = []
  const inLog = new Set(log)
  const seen = new Set<string>()
  if (inLog.size !== log.length) faults.push('the log holds an event twice')
  for (const id of acknowledged) if (!inLog.has(id)) faults.push(`acknowledged and lost: ${id}`)
  for (const id of log) if (!attempted.has(id)) faults.push(`phantom: ${id}`)
  for (const id of received) {
    if (seen.has(id)) faults.push(`duplicate: ${id}`)
    seen.add(id)
    if (!inLog.has(id)) faults.push(`received and not in the log: ${id}`)
  }
  for (const id of log) if (!seen.has(id)) faults.push(`never received: ${id}`)
  const order = log.filter((id) => seen.has(id))
  const arrived = [...seen].filter((id) => inLog.has(id))
  if (order.join() !== arrived.join()) faults.push('received in another order than the log')
  return faults
}
