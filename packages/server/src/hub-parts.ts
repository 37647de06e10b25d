import type { UserTokens } from './auth/user-tokens.ts'
import type { Access } from './core/access.ts'
import type { HubFigures } from './core/figures.ts'
import type { HubLifecycle } from './core/hub-lifecycle.ts'
import type { Peers } from './core/peers.ts'
import type { ServerPublisher } from './core/server-publisher.ts'
import type { Triggers } from './features/triggers/triggers.ts'
import type { HubServices } from './hub-services.ts'
import type { LocalHub } from './local/local-hub.ts'

/** What answers the methods of a hub. */
export interface HubParts {
  readonly services: HubServices
  readonly lifecycle: Pick<HubLifecycle, 'start' | 'health' | 'close' | 'isClosed' | 'isClosing'>
  readonly serverPublisher: Pick<ServerPublisher, 'publish' | 'publishText'>
  /** Where transports come in. */
  readonly peers: Peers
  readonly access: Pick<Access, 'maySubscribe'>
  readonly userTokens: Pick<UserTokens, 'recheck'>
  readonly triggers: Pick<Triggers, 'onMessage' | 'figures'>
  /** Channels, presence, broadcasts and heartbeats of clients within this process. */
  readonly local: LocalHub
  /** Counts what is there now, and what was counted since the hub was made. */
  readonly figures: () => HubFigures
}
