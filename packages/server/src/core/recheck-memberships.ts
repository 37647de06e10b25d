import type { Principal } from '../ports/principal.ts'
import type { Access } from './access.ts'
import type { Connection } from './connection.ts'
import type { Membership } from './membership.ts'
import type { Memberships } from './memberships.ts'

/** Removes a connection from all channels and patterns that it may no longer read. */
export function recheckMemberships(
  access: Access,
  memberships: Memberships,
  connection: Connection,
): void {
  const { principal } = connection
  for (const membership of [...connection.memberships.values()]) {
    if (principal && mayStay(access, principal, membership)) continue
    const { channel, isPattern } = membership
    const reason = isPattern
      ? `no grant covers ${channel} any longer`
      : `you may not read ${channel}`
    memberships.putOut(membership, 'forbidden', reason)
  }
}

function mayStay(access: Access, principal: Principal, { channel }: Membership): boolean {
  try {
    return access.maySubscribe(principal, channel).ok
  } catch {
    // An application's rule that fails allows nothing.
    return false
  }
}
