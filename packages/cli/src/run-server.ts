import {
  createHub,
  createMemoryEngine,
  createSqliteEngine,
  type Engine,
  type Logger,
  stopOnSignals,
} from '@coterie/server'
import { pino } from 'pino'
import { createSenders } from './create-senders.ts'
import { createStore } from './create-store.ts'
import type { EngineSetting, Settings } from './settings.ts'

const MIN_SECRET_BYTES = 32
const STANDARD_ERROR = 2

/** Starts a server and keeps it until it is told to stop. */
export async function runServer(settings: Settings, notices: readonly string[]): Promise<void> {
  const { port, host, engine, store, hub: config, logLevel } = settings
  const logger = createLogger(logLevel)
  for (const notice of [...notices, ...warningsOf(settings)]) logger.warn({}, notice)

  const hub = createHub({
    ...config,
    engine: createEngine(engine),
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
  logger.info({ url, engine: engine.kind, store: store.kind }, 'listening')
  process.stdout.write(`ready ${url}\n`)

  stopOnSignals(() => hub.close(), logger)
}

function createEngine(setting: EngineSetting): Engine {
  return setting.kind === 'memory'
    ? createMemoryEngine()
    : createSqliteEngine({ path: setting.path, durability: setting.durability })
}

function createLogger(level: Settings['logLevel']): Logger {
  return pino(
    { level, serializers: { error: pino.stdSerializers.err }, base: undefined },
    pino.destination({ dest: STANDARD_ERROR, sync: true }),
  )
}

function warningsOf({ hub }: Settings): string[] {
  const warnings: string[] = []
  if (!hub.apiKeys?.length) {
    warnings.push('no server key: server routes answer 401; set COTERIE_API_KEY')
  } else if (hub.apiKeys.some((key) => key.length < MIN_SECRET_BYTES / 2)) {
    warnings.push('a server key has fewer than 16 characters: easy to guess')
  }
  if (hub.jwtSecret === undefined && !hub.anonymous) {
    warnings.push(
      'no JWT key and no anonymous users: connections are refused; set COTERIE_JWT_SECRET or COTERIE_ANONYMOUS=true',
    )
  } else if (hub.jwtSecret && Buffer.byteLength(hub.jwtSecret) < MIN_SECRET_BYTES) {
    warnings.push('the JWT secret has fewer than 32 bytes: easy to guess')
  }
  return warnings
}
