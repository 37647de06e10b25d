import { defineCommand } from 'citty'
import { unknownVariables } from '../environment.ts'
import { runServer } from '../run-server.ts'
import { readServerFlags, SERVER_FLAGS } from '../server-flags.ts'
import { readSettings } from '../settings.ts'

/** `coterie start`: a server with the given configuration. */
export const start = defineCommand({
  meta: { name: 'start', description: 'Start the server' },
  args: SERVER_FLAGS,
  async run({ args }) {
    const settings = await readSettings({
      flags: readServerFlags(args),
      environment: process.env,
      folder: process.cwd(),
    })
    const notices = unknownVariables(process.env).map(
      (name) => `${name} is not a setting and is ignored`,
    )
    await runServer(settings, notices)
  },
})
