import { CLOSE_CODES } from '@coterie/protocol'
import type { Connection } from '../../core/connection.ts'
import type { Feature } from '../../core/feature.ts'
import type { Memberships } from '../../core/memberships.ts'
import type { MapChange } from '../../ports/engine.ts'
import type { Principal } from '../../ports/principal.ts'
import { describeRevoked } from './describe-revoked.ts'
import type { Revocation, RevocationTarget } from './revocation.ts'
import { REVOCATIONS_MAP, type RevocationRegistry } from './revocation-registry.ts'

/** The parts of the hub that the feature needs. */
export interface RevocationFeatureParts {
  readonly registry: RevocationRegistry
  readonly connections: Iterable<Connection>
  readonly memberships: Memberships
}

/** Ends the connections of this node whose tokens are revoked, on whatever node. */
export class RevocationFeature implements Feature {
  readonly maps = [REVOCATIONS_MAP]
  readonly #parts: RevocationFeatureParts

  constructor(parts: RevocationFeatureParts) {
    this.#parts = parts
  }

  onStart(): Promise<void> {
    return this.#parts.registry.start((revocation) => this.#endRevoked(revocation))
  }

  onChange(change: MapChange): void {
    this.#parts.registry.apply(change)
  }

  #endRevoked(revocation: Revocation): void {
    const { registry, connections } = this.#parts
    for (const connection of [...connections]) {
      const { principal } = connection
      // Most of many connections are not concerned, and to see that has to cost next to nothing.
      if (!principal || !isNamed(principal, revocation.target) || !connection.isActive()) continue
      if (registry.revocationOf(principal) === revocation) this.#end(connection, revocation)
    }
  }

  // Whoever is put out is not waited for, as one is whose network has failed.
  #end(connection: Connection, revocation: Revocation): void {
    const { memberships } = this.#parts
    for (const membership of [...connection.memberships.values()]) {
      memberships.leave(membership, 'unsubscribed')
    }
    connection.close(CLOSE_CODES.unauthenticated, describeRevoked(revocation))
  }
}

function isNamed(principal: Principal, target: RevocationTarget): boolean {
  const { userId, sessionId, tokenId } = target
  if (userId !== undefined) return principal.userId === userId
  return sessionId === undefined ? principal.tokenId === tokenId : principal.sessionId === sessionId
}
