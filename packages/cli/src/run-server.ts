import { createHub, type Logger, stopOnSignals } from '@coterie/server'
import { createEngine, createStore } from '@coterie/server/command'
import { pino } from 'pino'
import { createSenders } from './create-senders.ts'
import type { Settings } from './settings.ts'
import { warningsOf } from './warnings.ts'

const STANDARD_ERROR = 2

/** Starts a server and runs it until a signal stops it. */
export async function runServer(settings: Settings, notices: readonly string[]): Promise<void> {
  const { port, host, engine, store, hub: config, logLevel } = settings
  const logger = createLogger(logLevel)
  for (const notice of [...notices, ...warningsOf(settings.hub)]) logger.warn({}, notice)

  const hub = createHub({
    ...config,
    engine: createEngine(engine, { logger }),
    store: createStore(store),
    senders: createSenders(settings),
    logger,
  })
  let url: string
  try {
    url = await hub.listen({ port, host })
  } catch (error) {
    await hub.close()
    throw error
  }
  // A process that reads the line below may stop the server at once.
  stopOnSignals(() => hub.close(), logger)
  logger.info({ url, engine: engine.kind, store: store.kind }, 'listening')
  process.stdout.write(`ready ${url}\n`)
}

function createLogger(level: Settings['logLevel']): Logger {
  return pino(
    { level, serializers: { error: pino.stdSerializers.err }, base: undefined },
    pino.destination({ dest: STANDARD_ERROR, sync: true }),
  )
}
