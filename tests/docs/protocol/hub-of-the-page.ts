import type { HubOptions } from '@coterie/server'

/** What the server is configured to that the page is played against. */
export const HUB_OF_THE_PAGE = {
  channels: {
    'room:*': { history: true, presence: true },
    'board:*': { state: true },
    'document:*': { history: true, state: { persist: true } },
  },
  rooms: { vip: { password: 'secret' }, pair: { maxUsers: 1 } },
  limits: { subscriptions: 10 },
} as const satisfies HubOptions
