import { describeStartFailure, stopOnSignals } from '@coterie/server'
import { createLogger } from './logger.ts'
import { createChatServer } from './server.ts'
import { readSettings } from './settings.ts'

const logger = createLogger(process.stderr)
try {
  const server = await createChatServer({ ...readSettings(process.env), logger })
  stopOnSignals(() => server.close(), logger)
  process.stdout.write(`ready ${server.url}\n`)
} catch (error) {
  process.stderr.write(`chat: ${describeStartFailure(error)}\n`)
  process.exit(1)
}
