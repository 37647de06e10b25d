import type { Principal } from '../../ports/principal.ts'
import { addressGroup } from './address-group.ts'

/** Who is charged, as a principal says it. */
export type Charged = Pick<Principal, 'isAnonymous'> & { readonly userId: string }

/**
 * Names the account that something is charged to: that of a user, or of the
 * address where nobody vouched for the user, who may be another one with every
 * connection.
 *
 * @param address empty where nobody knows it
 * @param unknown the account where there is neither a user nor an address
 */
export function accountOf(user: Charged | undefined, address: string, unknown: string): string {
  if (user && !user.isAnonymous) return accountOfUser(user.userId)
  return address === '' ? unknown : accountOfAddress(address)
}

/** Names the account of a user for whom somebody vouched. */
export function accountOfUser(userId: string): string {
  return `user ${userId}`
}

/** Names the account of an address, or of the network that it stands for. */
export function accountOfAddress(address: string): string {
  return `address ${addressGroup(address)}`
}
