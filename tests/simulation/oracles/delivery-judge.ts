import type { Told } from '../worlds/raw-reader.ts'
import { type ReferenceLog, readPosition } from './reference-log.ts'

/** What the judge knows of a run, beside what a reader was told. */
export interface Evidence {
  readonly logs: ReadonlyMap<string, ReferenceLog>
  /** Ids of the events without a log, by channel, in the order in which they were published. */
  readonly unlogged: ReadonlyMap<string, readonly string[]>
  /** Events that logs keep. */
  readonly historySize: number
  /** True when an engine forgot everything in the run. */
  readonly engineWasLost: boolean
}

/** Returns what is wrong with what one reader was told of a channel by its name, in words. */
export function judgeLogged(told: readonly Told[], channel: string, evidence: Evidence): string[] {
  const log = evidence.logs.get(channel)
  if (!log) return [`no log ${channel}`]
  const faults: string[] = []
  /** The position after which the next event has to stand; undefined before the first join. */
  let last: { epoch: string; offset: number } | undefined
  for (const each of told) {
    if (each.kind === 'event') {
      const { event } = each
      if (event.channel !== channel || event.pattern !== undefined) continue
      const position = readPosition(event.position ?? '')
      const entry = log.at(position)
      if (entry?.id !== event.id) faults.push(`phantom: ${event.id} at ${event.position}`)
      // A log that nothing was written to yet may be named otherwise once there is something.
      const isSameLog = position.epoch === last?.epoch || last?.offset === 0
      if (!isSameLog || position.offset !== (last?.offset ?? 0) + 1) {
        faults.push(`${event.position} follows ${last?.epoch}:${last?.offset}`)
      }
      last = position
    } else if (each.kind === 'joined' && each.reply.channel === channel) {
      const { recovered, reason, position } = each.reply
      if (recovered) continue
      if (each.since !== undefined) {
        faults.push(...judgeLoss(reason, each.since, log, evidence))
      }
      last = position === null ? undefined : readPosition(position)
    } else if (each.kind === 'gap' && each.gap.channel === channel && each.gap.next !== null) {
      const { after, next, reason } = each.gap
      if (after !== `${last?.epoch}:${last?.offset}`) faults.push(`gap after ${after}`)
      faults.push(...judgeLoss(reason, after ?? '', log, evidence))
      const { epoch, offset } = readPosition(next)
      last = { epoch, offset: offset - 1 }
    }
  }
  const { lastEpoch } = log
  if (
    lastEpoch !== undefined &&
    last?.epoch === lastEpoch &&
    last.offset !== log.topOf(lastEpoch)
  ) {
    faults.push(`${channel}: stopped at ${last.offset} of ${log.topOf(lastEpoch)}`)
  }
  return faults
}

// Saying that something was lost is allowed only where it was: it must not be a way out.
function judgeLoss(
  reason: string | undefined,
  since: string,
  log: ReferenceLog,
  { historySize, engineWasLost }: Evidence,
): string[] {
  if (reason === 'unknown_epoch')
    return engineWasLost ? [] : ['unknown_epoch, yet nothing was lost']
  if (reason !== 'trimmed') return [`not recovered: ${reason}`]
  const { epoch, offset } = readPosition(since)
  const missed = log.topOf(epoch) - offset
  return missed > historySize ? [] : [`trimmed, yet only ${missed} were missed`]
}

/** Returns what is wrong with what one reader was told of a channel that keeps no log. */
export function judgeUnlogged(
  told: readonly Told[],
  channel: string,
  evidence: Evidence,
): string[] {
  const order = evidence.unlogged.get(channel) ?? []
  const faults: string[] = []
  let last = -1
  /** True where something may be missing: nothing was heard yet, or a gap was told. */
  let isOpen = true
  for (const each of told) {
    if (each.kind === 'joined' && each.reply.channel === channel) isOpen = true
    if (each.kind === 'gap' && each.gap.channel === channel) isOpen = true
    if (each.kind !== 'event' || each.event.channel !== channel) continue
    const index = order.indexOf(each.event.id)
    if (index === -1) faults.push(`phantom: ${each.event.id}`)
    else if (index <= last) faults.push(`doubled or reordered: ${each.event.id}`)
    else if (index !== last + 1 && !isOpen) faults.push(`silently lost before ${each.event.id}`)
    last = index
    isOpen = false
  }
  return faults
}

/** Returns what is wrong with what one reader was told by a pattern, and by names beside it. */
export function judgePattern(
  told: readonly Told[],
  pattern: string,
  channels: readonly string[],
  evidence: Evidence,
): string[] {
  const faults: string[] = []
  const seen = new Set<string>()
  let last: { epoch: string; offset: number } | undefined
  /** False from the moment that a loss was told, or the reader left for a while. */
  let isWhole = true
  for (const each of told) {
    if (each.kind === 'joined' && each.reply.channel === pattern) {
      const { recovered, reason, position } = each.reply
      if (!recovered && (each.since !== undefined || last)) isWhole = false
      if (!recovered && each.since !== undefined) {
        if (reason === 'unknown_epoch' && !evidence.engineWasLost) faults.push('unknown_epoch')
      }
      if (!recovered) last = position === null ? undefined : readPosition(position)
    } else if (each.kind === 'joined' && !each.reply.recovered && each.since !== undefined) {
      // What a channel's name lost is told where the name is judged.
      isWhole = false
    } else if (each.kind === 'gap') {
      isWhole = false
      const { channel, next } = each.gap
      if (channel === pattern && next !== null) {
        const { epoch, offset } = readPosition(next)
        last = { epoch, offset: offset - 1 }
      }
    } else if (each.kind === 'event' && channels.includes(each.event.channel)) {
      const { event } = each
      if (event.pattern === pattern) {
        const position = readPosition(event.pattern_position ?? '')
        const isNext = position.epoch === last?.epoch && position.offset > last.offset
        if (!isNext) faults.push(`${event.pattern_position} follows ${last?.epoch}:${last?.offset}`)
        last = position
      }
      const entry = evidence.logs.get(event.channel)?.at(readPosition(event.position ?? ''))
      if (entry?.id !== event.id) faults.push(`phantom: ${event.id}`)
      seen.add(event.id)
    }
  }
  if (!isWhole || evidence.engineWasLost) return faults
  for (const channel of channels) {
    const log = evidence.logs.get(channel)
    const epoch = log?.lastEpoch
    if (!log || epoch === undefined) continue
    for (const { id } of log.entriesOf(epoch)) {
      if (!seen.has(id)) faults.push(`never received: ${id}`)
    }
  }
  return faults
}
