import { createHub } from '@coterie/server'

/** The hub of an application, as the guides take it to be there. */
export const hub = createHub({
  engine: 'memory',
  store: 'memory',
  channels: {
    'room:*': { history: true, presence: true, state: true },
    'document:*': { history: true },
    'orders:#': { history: true },
    'post:*': {},
    'new-posts': {},
    global: {},
  },
})
