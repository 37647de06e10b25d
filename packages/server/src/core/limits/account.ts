import type { Principal } from '../../ports/principal.ts'
import { addressGroup } from './address-group.ts'

/** The fields of a principal that decide who is charged. */
export type Charged = Pick<Principal, 'isAnonymous'> & { readonly userId: string }

/**
 * Names the account that a user's actions are charged to: the user's own, or
 * the address of an anonymous user, whose id may change with every connection.
 *
 * @param address empty if it is unknown
 * @param unknown the account if there is neither a user nor an address
 */
export function accountOf(user: Charged | undefined, address: string, unknown: string): string {
  if (user && !user.isAnonymous) return accountOfUser(user.userId)
  return address === '' ? unknown : accountOfAddress(address)
}

/** Names the account of an authenticated user. */
export function accountOfUser(userId: string): string {
  return `user ${userId}`
}

/** Names the account of an address or of its network. */
export function accountOfAddress(address: string): string {
  return `address ${addressGroup(address)}`
}
