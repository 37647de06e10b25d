/** The limits that refusals are counted by. */
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

/** A limit that refused something. */
export type RefusalKind = (typeof REFUSAL_KINDS)[number]

/** How often each limit refused something. Without names, which attackers choose. */
export type RefusalFigures = Record<RefusalKind, number>

/** Makes counters that start at 0. */
export function createRefusalFigures(): RefusalFigures {
  return Object.fromEntries(REFUSAL_KINDS.map((kind) => [kind, 0])) as RefusalFigures
}
