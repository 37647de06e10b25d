import { showValue } from '@coterie/protocol'
import { z } from 'zod'
import { ConfigError, checkConfig } from './config/check-config.ts'
import { hasMembers } from './config/has-members.ts'
import type { HubOptions } from './hub-options.ts'

const LOGGER = ['debug', 'info', 'warn', 'error']

const meansSchema = z
  .object({
    senders: z.array(withFunctions('a sender of notifications', ['send', 'targetProblem']), {
      error: 'expected a list of senders of notifications',
    }),
    authenticator: withFunctions('an authenticator', ['authenticate']),
    clock: withFunctions('a clock', ['now', 'elapsed', 'setTimer', 'afterTick']),
    random: withFunctions('a source of random numbers', ['bytes', 'next']),
    passwordHasher: withFunctions('a hasher', ['hash', 'verify']),
    logger: withFunctions('a logger', LOGGER),
    channelBufferSize: z.int().positive(),
  })
  .partial()

/**
 * Checks what of a hub's options no configuration file can hold.
 *
 * @throws {ConfigError} naming the option, its value and what is allowed
 */
export function checkHubMeans(options: HubOptions): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigError(`createHub: expected an object of options, got ${showValue(options)}`)
  }
  checkConfig(meansSchema, options)
}

function withFunctions(kind: string, names: readonly string[]) {
  const members = Object.fromEntries(names.map((name) => [name, 'function']))
  return z.custom<object>((value) => hasMembers(value, members), {
    error: `expected ${kind} with the functions ${names.join(', ')}`,
  })
}
