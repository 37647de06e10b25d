import type { FigureColumn, Target } from '../scenario.ts'

/** How long one well-behaved client may wait at worst, in ms. */
const WORST_WAIT_MS = 250

/** The measurements of a client that does not take part in the attack. */
export const BYSTANDER_COLUMNS: readonly FigureColumn[] = [
  { key: 'worstMs', title: 'a bystander waits, at worst', unit: 'ms', digits: 0 },
  { key: 'p99Ms', title: 'p99', unit: 'ms', digits: 0 },
  { key: 'turnMs', title: 'longest turn', unit: 'ms CPU', digits: 0 },
]

/** What a bystander's waits should come to, on each of some servers. */
export function bystanderTargets(peers: readonly string[]): readonly Target[] {
  return peers.map((peer) => ({
    about: 'a bystander does not notice',
    figure: 'worstMs',
    peer,
    atMost: WORST_WAIT_MS,
  }))
}
