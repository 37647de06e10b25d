import type { ChannelContract } from '@coterie/protocol'
import type { HubConfig } from './config/config-schema.ts'
import type { Authenticator } from './ports/authenticator.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { NotificationSender } from './ports/notification-sender.ts'
import type { PasswordHasher } from './ports/password-hasher.ts'
import type { Random } from './ports/random.ts'
import type { RealtimeBackend } from './ports/realtime-backend.ts'
import type { StorageOptions } from './storage/storage-options.ts'

/** What a hub is made of; whatever is left out is the real thing. */
export interface HubOptions<
  out Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
> extends Omit<HubConfig, 'contracts'>,
    StorageOptions {
  /** What may be sent in channels, whatever rules they have; `publish` knows them. */
  readonly contracts?: Contracts
  /** The routes that notifications can take beside connections. @default none */
  readonly senders?: readonly NotificationSender[]
  /** @default verifies JSON Web Tokens as `jwtSecret` and `jwt` say */
  readonly authenticator?: Authenticator
  readonly clock?: Clock
  readonly random?: Random
  /** @default scrypt */
  readonly passwordHasher?: PasswordHasher
  /** @default warnings and errors go to the console; `silentLogger` writes nothing */
  readonly logger?: Logger
  /**
   * Carries typing, presence signals, reactions and receipts between nodes in
   * place of the engine; closed with the hub. @default the engine carries them
   */
  readonly realtime?: RealtimeBackend
  /** Messages that wait for each subscriber within the process at most. @default 256 */
  readonly channelBufferSize?: number
}

/** Returns what of a hub's options is configuration, which a file can hold too. */
export function hubConfigOf({
  engine,
  store,
  dataDir,
  durability,
  senders,
  authenticator,
  clock,
  random,
  passwordHasher,
  logger,
  realtime,
  channelBufferSize,
  ...config
}: HubOptions): HubConfig {
  return config
}
