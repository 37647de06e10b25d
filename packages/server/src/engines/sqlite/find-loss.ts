import type { Durability } from '../../ports/durability.ts'
import { identifyFile } from '../../sqlite/file-identity.ts'
import { IN_MEMORY } from '../../sqlite/open-exclusive.ts'
import type { Meta } from './meta.ts'
import { markPath, type Run } from './run-mark.ts'
import { WITH_CHECKSUMS } from './schema.ts'

/** Why events that clients have seen may not be in a file. */
export type Loss = 'power_cut' | 'copied' | 'commits_lost'

/** What tells whether events were lost. */
export interface LossEvidence {
  readonly path: string
  readonly meta: Meta
  readonly durability: Durability
  /** Names the run of the operating system. */
  readonly bootId: string
  readonly lastRun: Run | undefined
  /** The version of the file's tables. */
  readonly version: number
}

/** What to say of each loss. */
export const LOSSES: Readonly<Record<Loss, string>> = {
  power_cut: 'the power was cut, and the last events may be lost',
  copied: 'it is a copy, or was put back, and may be older than what clients have seen',
  commits_lost: 'events that were acknowledged are not in it',
}

/** Finds out whether a file may lack events that clients have seen; undefined where it has all. */
export function findLoss({
  path,
  meta,
  durability,
  bootId,
  lastRun,
  version,
}: LossEvidence): Loss | undefined {
  if (path !== IN_MEMORY && version >= WITH_CHECKSUMS) {
    const isOurs = lastRun !== undefined && lastRun.file === meta.get('file')
    const identity = `${identifyFile(path)} ${identifyFile(markPath(path))}`
    if (!isOurs || meta.get('identity') !== identity) return 'copied'
    if (lastRun.commits > Number(meta.get('commits'))) return 'commits_lost'
  }
  const earlierBootId = meta.get('boot_id')
  const mayHaveLost =
    durability !== 'full' &&
    earlierBootId !== undefined &&
    earlierBootId !== bootId &&
    meta.get('ended') !== 'clean'
  return mayHaveLost ? 'power_cut' : undefined
}
