import { RealtimeError } from '@coterie/protocol'
import { createLogger } from './logger.ts'
import { createChatServer } from './server.ts'
import { readSettings, SettingError } from './settings.ts'

interface SystemError extends Error {
  readonly code?: string
  readonly port?: number
  readonly address?: string
}

try {
  await start()
} catch (error) {
  process.stderr.write(`chat: ${messageFor(error)}\n`)
  process.exit(1)
}

async function start(): Promise<void> {
  const logger = createLogger(process.stderr)
  const server = await createChatServer({ ...readSettings(process.env), logger })
  process.stdout.write(`ready ${server.url}\n`)

  let isStopping = false
  const stop = (signal: NodeJS.Signals): void => {
    // Whoever asks twice does not want to wait for the goodbyes.
    if (isStopping) process.exit(1)
    isStopping = true
    logger.info({ signal }, 'draining')
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ error }, 'closing failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function messageFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, port, address } = error as SystemError
  if (code === 'EADDRINUSE') {
    return `port ${port} on ${address} is already in use; choose another with PORT`
  }
  if (code === 'EACCES' && port !== undefined) {
    return `port ${port} on ${address} is not allowed for this user; choose one above 1023`
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST is no address of this machine: ${error.message}`
  }
  const isForPeople = error instanceof SettingError || error instanceof RealtimeError
  return isForPeople ? error.message : (error.stack ?? error.message)
}
