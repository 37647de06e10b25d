import { isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Groups of 16 bits that name a network of IPv6; a network is what one subscriber gets. */
const NETWORK_PARTS = 4

/**
 * Returns whom an address counts for: itself, or its network of IPv6.
 *
 * Whoever has one address of IPv6 has 2^64 of them (RFC 6177).
 */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address
  const { parts } = ipaddr.IPv6.parse(address)
  const network = parts.slice(0, NETWORK_PARTS).map((part) => part.toString(16))
  return `${network.join(':')}::/64`
}
