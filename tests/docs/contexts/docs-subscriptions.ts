import type { Principal } from '@coterie/server'

export { createHub } from '@coterie/server'
export { hub } from './hub.ts'

/** Asks the application whether somebody may read an invoice. */
export const mayRead = (principal: Principal, channel: string): boolean =>
  channel === `invoice:${principal.userId}`
