/** What is tried against a server. */
export type AttackKind = 'session-bodies' | 'stranger-frames' | 'password-guesses' | 'room-crowd'

/** An attack, and what it needs to know. */
export interface AttackPlan {
  readonly kind: AttackKind
  readonly port: number
  /** How long it goes on, in ms. */
  readonly forMs: number
  /** Connections at once. */
  readonly connections: number
}

/** What became of an attack. */
export interface AttackOutcome {
  /** Requests, frames or entries that the server took, refused ones included. */
  readonly taken: number
  /** Time until the last of those who may enter was in, in ms; where that is the question. */
  readonly completeMs?: number
}

/** The address that attacks come from: not that of the bystander, whose bounds they would use up. */
export const ATTACKER_ADDRESS = '127.0.0.2'
