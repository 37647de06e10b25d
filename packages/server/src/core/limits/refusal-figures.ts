/** What is bounded, each with a count of its own. */
export const REFUSAL_KINDS = [
  'connections',
  'connects',
  'unidentified',
  'failedAuths',
  'requests',
  'userRequests',
  'userConnections',
  'userFrames',
  'userBytes',
  'newChannels',
  'frames',
  'bytes',
  'controlFrames',
  'joins',
  'subscriptions',
  'patterns',
  'answers',
  'acknowledgements',
  'replans',
  'eventNotifications',
  'eventRoutes',
  'roomPasswords',
  'passwords',
  'addressPasswords',
  'passwordHashes',
] as const

/** A bound that something was refused by. */
export type RefusalKind = (typeof REFUSAL_KINDS)[number]

/** How often each bound refused something. No names: those who abuse choose them. */
export type RefusalFigures = Record<RefusalKind, number>

/** Makes figures that all stand at 0. */
export function createRefusalFigures(): RefusalFigures {
  return Object.fromEntries(REFUSAL_KINDS.map((kind) => [kind, 0])) as RefusalFigures
}
