import type { Connections } from '../../core/connections.ts'
import type { Feature } from '../../core/feature.ts'
import type { Memberships } from '../../core/memberships.ts'
import type { Clock } from '../../ports/clock.ts'
import { RevocationFeature } from './revocation-feature.ts'
import type { RevocationRegistry } from './revocation-registry.ts'
import { Revocations } from './revocations.ts'

/** The parts of the hub that revocations need. */
export interface CreateRevocationsParts {
  readonly registry: RevocationRegistry
  readonly connections: Connections
  readonly memberships: Memberships
  readonly clock: Clock
  /** Resolves when the engine can be asked. */
  readonly started: () => Promise<void>
}

/** Makes revocations: for the application, and for the connections that they end. */
export function createRevocations(parts: CreateRevocationsParts): {
  readonly service: Revocations
  readonly feature: Feature
} {
  const { registry, connections, memberships, clock, started } = parts
  return {
    service: new Revocations(registry, clock, started),
    feature: new RevocationFeature({ registry, connections, memberships }),
  }
}
