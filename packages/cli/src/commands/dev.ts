import type { HubConfig } from '@coterie/server'
import { defineCommand } from 'citty'
import { runServer } from '../run-server.ts'
import { readServerFlags, SERVER_FLAGS } from '../server-flags.ts'
import { readSettings } from '../settings.ts'

/** `coterie dev`: a server for one's own machine, where everybody may do everything. */
export const dev = defineCommand({
  meta: { name: 'dev', description: 'Start a server for development: open to everybody' },
  args: SERVER_FLAGS,
  async run({ args }) {
    const settings = await readSettings({
      flags: readServerFlags(args),
      environment: process.env,
      folder: process.cwd(),
    })
    await runServer({ ...settings, hub: openToEverybody(settings.hub) }, [
      'development: anonymous users may enter every channel that is not declared',
    ])
  },
})

/** Changes a configuration so that everything can be tried without credentials. */
export function openToEverybody(config: HubConfig): HubConfig {
  return {
    ...config,
    anonymous: config.anonymous ?? true,
    undeclared: 'allow',
    channels: {
      '#': { subscribe: 'public', publish: 'members', history: true, presence: true },
      ...config.channels,
    },
  }
}
