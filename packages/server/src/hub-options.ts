import type { ChannelContract } from '@coterie/protocol'
import type { HubConfig } from './config/hub-config.ts'
import type { Authenticator } from './ports/authenticator.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { NotificationSender } from './ports/notification-sender.ts'
import type { PasswordHasher } from './ports/password-hasher.ts'
import type { Random } from './ports/random.ts'
import type { RealtimeBackend } from './ports/realtime-backend.ts'
import type { StorageOptions } from './storage/storage-options.ts'

/** What a hub is made of. A member that is left out has its default. */
export interface HubOptions<
  out Contracts extends readonly ChannelContract[] = readonly ChannelContract[],
> extends Omit<HubConfig, 'contracts'>,
    StorageOptions {
  /** What may be sent in channels, which also types `publish`. @default everything */
  readonly contracts?: Contracts
  /** Routes that notifications can take beside connections: e-mail, webhooks. @default none */
  readonly senders?: readonly NotificationSender[]
  /** Verifies tokens. @default JSON Web Tokens, as `jwtSecret` and `jwt` say */
  readonly authenticator?: Authenticator
  /** Tells the time and sets timers; tests inject their own. @default the clock of the system */
  readonly clock?: Clock
  /** Makes ids and secrets; tests inject their own. @default the random source of the system */
  readonly random?: Random
  /** Hashes the passwords of rooms. @default scrypt */
  readonly passwordHasher?: PasswordHasher
  /** Where the hub logs. @default the console, warnings and errors only */
  readonly logger?: Logger
  /**
   * Carries typing, presence signals, reactions and read receipts between nodes
   * in place of the engine; the hub closes it when it closes.
   *
   * @default the engine carries them
   */
  readonly realtime?: RealtimeBackend
  /** Messages that may wait for each subscriber within the process. @default 256 */
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
