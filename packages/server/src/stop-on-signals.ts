import { checkFunctions, checkOption } from '@coterie/protocol'
import type { Logger } from './ports/logger.ts'

/**
 * Closes on SIGTERM or SIGINT and then ends the process with status 0, or 1 when
 * closing fails. Asked a second time it ends at once.
 */
export function stopOnSignals(close: () => Promise<void>, logger: Logger): void {
  checkOption('close', close, typeof close === 'function', 'a function that closes the hub')
  checkFunctions('logger', logger, ['info', 'error'])
  let isStopping = false
  const stop = (signal: NodeJS.Signals): void => {
    // Whoever asks twice does not want to wait for the goodbyes.
    if (isStopping) process.exit(1)
    isStopping = true
    logger.info({ signal }, 'draining')
    close().then(
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
