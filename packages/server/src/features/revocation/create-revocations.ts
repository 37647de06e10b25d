import { refuse } from '@coterie/protocol'
import type { Feature } from '../../core/feature.ts'
import { TOKEN_REVOKED } from '../../core/limits/failed-authentications.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Principal } from '../../ports/principal.ts'
import { describeRevoked } from './describe-revoked.ts'
import { RevocationFeature, type RevocationFeatureParts } from './revocation-feature.ts'
import { RevocationRegistry } from './revocation-registry.ts'
import { Revocations } from './revocations.ts'

/** What revocations need of the hub. */
export interface CreateRevocationsParts {
  readonly engine: Engine
  readonly clock: Clock
  /** Resolves when the engine can be asked. */
  readonly started: () => Promise<void>
}

/** Revocations, for those who revoke and for those who let users in. */
export interface CreatedRevocations {
  readonly administration: Revocations
  /** Refuses a principal whose token is revoked; undefined for any other. */
  readonly check: (principal: Principal) => ReturnType<typeof refuse> | undefined
  readonly createFeature: (parts: Omit<RevocationFeatureParts, 'registry'>) => Feature
}

/** Makes what revocations are made of. */
export function createRevocations(parts: CreateRevocationsParts): CreatedRevocations {
  const { engine, clock, started } = parts
  const registry = new RevocationRegistry(engine, () => clock.now())
  return {
    administration: new Revocations(registry, clock, started),
    check(principal) {
      const revocation = registry.revocationOf(principal)
      if (!revocation) return undefined
      return refuse('unauthorized', describeRevoked(revocation), {
        details: { reason: TOKEN_REVOKED },
      })
    },
    createFeature: (more) => new RevocationFeature({ registry, ...more }),
  }
}
