import { median } from './median.ts'
import type { PeerRuns } from './run-scenario.ts'
import type { Target } from './scenario.ts'

/** A target and what it came to. */
export interface Verdict {
  readonly target: Target
  /** Undefined where a peer has no figures. */
  readonly value: number | undefined
  readonly isMet: boolean | undefined
}

/** Compares the figures with a target: run by run, then the median. */
export function judge(target: Target, results: readonly PeerRuns[]): Verdict {
  const ours = runsOf(results, target.peer, target.figure)
  const { comparedWith } = target
  const theirs = comparedWith && runsOf(results, comparedWith.peer, target.figure)
  const values = ours.flatMap((our, run) => {
    if (!comparedWith) return [our]
    const their = theirs?.[run]
    if (their === undefined) return []
    return [comparedWith.as === 'ratio' ? our / their : our - their]
  })
  if (values.length === 0) return { target, value: undefined, isMet: undefined }
  const value = median(values)
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = target
  return { target, value, isMet: value <= atMost && value >= atLeast }
}

function runsOf(results: readonly PeerRuns[], peer: string, figure: string): number[] {
  const runs = results.find((result) => result.peer === peer)?.runs ?? []
  return runs.flatMap((figures) => figures[figure] ?? [])
}
