import type { ChannelOptions } from '@coterie/server'

/** Who may do what in the channels of the recipes. */
export const channels: Readonly<Record<string, ChannelOptions>> = {
  global: { publish: 'server' },
  'dashboard:metrics': { publish: 'server', history: { size: 1 } },
  'document:*': { history: true },
  'room:*': { history: true, presence: true },
  // Whoever has no token of the tenant cannot enter, whatever is said here.
  'tenant:*:orders': { publish: 'server' },
}
